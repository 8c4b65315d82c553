import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { type ErrorCode, HostError } from '../errors.js';

const STATUS: { readonly [code in ErrorCode]?: number } = {
  NATS_UNAVAILABLE: 503,
  DEAD_LETTER_NOT_FOUND: 404,
  DEAD_LETTER_REFUSED: 409,
  EVENT_REFUSED: 400,
  DRAINING: 503,
};

/** Answers with the status, the code and the sentence of an error that was raised on purpose. */
@Catch(HostError)
export class HostErrorFilter implements ExceptionFilter<HostError> {
  catch({ code, message }: HostError, host: ArgumentsHost): void {
    const statusCode = STATUS[code] ?? 500;
    void host.switchToHttp().getResponse<FastifyReply>().code(statusCode).send({ statusCode, code, message });
  }
}
