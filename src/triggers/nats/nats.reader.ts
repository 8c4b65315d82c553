import { randomUUID } from 'node:crypto';
import type { Logger } from '@nestjs/common';
import type { Msg } from '@nats-io/transport-node';
import { messageOf } from '../../errors.js';
import { validTraceparent } from '../../invocation/trace-context.js';
import type { TriggerEvent } from '../../invocation/trigger-event.js';
import { type EventFormat, formatEvent } from '../event-format.js';
import { RepeatedWarning } from '../repeated-warning.js';
import { saneRequestId } from '../request-id.js';
import { type NatsEventContext, type NatsMessage, readHeaders, toNatsEvent } from './nats.event.js';

export interface NatsReaderOptions {
  readonly context: NatsEventContext;
  readonly applicationName: string;
  readonly format: EventFormat;
  readonly logger: Logger;
}

/** Reads messages of the library into events of one trigger. */
export class NatsReader {
  private readonly cloudEventSource: string;
  private readonly unreadable: RepeatedWarning;

  constructor(private readonly options: NatsReaderOptions) {
    const { applicationName, context, logger } = options;
    this.cloudEventSource = `/${encodeURIComponent(applicationName)}/${encodeURIComponent(context.triggerName)}`;
    this.unreadable = new RepeatedWarning((count, reason) =>
      logger.warn(`${count} messages have headers that cannot be read; the function got none of them: ${reason}`),
    );
  }

  /** Keeps nothing of `message`: its bytes are part of a larger buffer of the library. */
  read(message: Msg): TriggerEvent {
    const { format, context } = this.options;
    const received = this.take(message);
    const headers = readHeaders(received.headers);
    const requestId = saneRequestId(headers.single['X-Request-Id']) ?? randomUUID();
    const payload = formatEvent(format, {
      proxy: toNatsEvent(received, headers, requestId, context),
      body: received.data,
      cloudEvent: {
        id: requestId,
        source: this.cloudEventSource,
        type: 'tributary.nats.message',
        time: new Date(received.receivedAt).toISOString(),
        subject: received.subject,
        dataContentType: headers.single['Content-Type'],
      },
    });
    return { requestId, payload, attempt: 1, traceparent: validTraceparent(headers.single['Traceparent']) };
  }

  private take(message: Msg): NatsMessage {
    const { subject, reply = '', data } = message;
    const view = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    return { subject, reply, headers: this.headersOf(message), data: view, receivedAt: Date.now() };
  }

  /** The library decodes headers when they are asked for, and throws at names that ADR-4 does not allow. */
  private headersOf(message: Msg): NatsMessage['headers'] {
    try {
      return message.headers ?? [];
    } catch (error) {
      this.unreadable.add(messageOf(error));
      return [];
    }
  }
}
