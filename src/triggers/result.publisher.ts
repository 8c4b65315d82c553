import { Injectable, Logger } from '@nestjs/common';
import type { InvocationOutcome } from '../invocation/invocation-outcome.js';
import { messageOf } from '../errors.js';
import { type MessageHeaders, headerText, messageSize } from '../nats/message-headers.js';
import { NatsClient } from '../nats/nats.client.js';
import { RepeatedWarning } from './repeated-warning.js';
import { type OutcomeAnswer, answerOf, hostAnswer } from './outcome-answer.js';

/** Publishes outcomes to the result subjects of triggers. */
@Injectable()
export class ResultPublisher {
  private readonly logger = new Logger('Results');
  private readonly lost = new RepeatedWarning((count, last) =>
    this.logger.warn(`Results that could not be published: ${count}, the last one because ${last}`),
  );

  constructor(private readonly client: NatsClient) {}

  /**
   * Publishes the body of an outcome with the headers `Status` and `Tributary-Request-Id`; a failure of the host's own
   * has its text as body. Published once and not confirmed; never throws. What cannot be published is said in the log.
   */
  publish(subject: string, requestId: string, outcome: InvocationOutcome): void {
    try {
      const { answer, headers } = this.withinMaxPayload(requestId, answerOf(outcome));
      if (!this.client.publish(subject, answer.body, headers)) this.lost.add('there is no connection to NATS');
    } catch (error) {
      this.lost.add(messageOf(error));
    }
  }

  private withinMaxPayload(
    requestId: string,
    answer: OutcomeAnswer,
  ): { answer: OutcomeAnswer; headers: MessageHeaders } {
    const headers = headersOf(requestId, answer);
    const { maxPayload } = this.client;
    if (messageSize(headers, answer.body) <= maxPayload) return { answer, headers };
    const tooLarge = hostAnswer(502, `The result is over the NATS server's max_payload of ${maxPayload} bytes.`);
    return { answer: tooLarge, headers: headersOf(requestId, tooLarge) };
  }
}

function headersOf(requestId: string, { statusCode }: OutcomeAnswer): MessageHeaders {
  return [
    ['Status', String(statusCode)],
    ['Tributary-Request-Id', headerText(requestId)],
  ];
}
