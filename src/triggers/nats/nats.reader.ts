import { randomUUID } from 'node:crypto';
import type { Logger } from '@nestjs/common';
import type { Msg } from '@nats-io/transport-node';
import { storedTrace } from '../../durable/stored-trace.js';
import { messageOf } from '../../errors.js';
import { type TraceContext, traceFrom } from '../../invocation/trace-context.js';
import type { TriggerEvent } from '../../invocation/trigger-event.js';
import { type EventFormat, formatEvent } from '../event-format.js';
import { RepeatedWarning } from '../repeated-warning.js';
import { saneRequestId } from '../../invocation/request-id.js';
import {
  type NatsEventContext,
  type NatsEventHeaders,
  type NatsMessage,
  readHeaders,
  type StoredFacts,
  toNatsEvent,
} from './nats.event.js';

export interface NatsReaderOptions {
  readonly context: NatsEventContext;
  readonly applicationName: string;
  readonly format: EventFormat;
  readonly logger: Pick<Logger, 'warn'>;
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

  /** A message of core NATS. Keeps nothing of it: its bytes are part of a larger buffer of the library. */
  read(message: Msg): TriggerEvent {
    const { subject, reply = '' } = message;
    return this.readReceived({
      subject,
      reply,
      headers: this.headersOf(message),
      data: dataOf(message),
      receivedAt: Date.now(),
    });
  }

  /** A message of no stream. */
  readReceived(received: NatsMessage): TriggerEvent {
    const headers = readHeaders(received.headers);
    const requestId = saneRequestId(headers.single['X-Request-Id']) ?? randomUUID();
    const trace = traceFrom(joined(headers.multi['Traceparent']), joined(headers.multi['Tracestate']));
    return this.toEvent(received, headers, { ...trace, requestId, attempt: 1 });
  }

  /** A message of a stream as it was delivered. It waits to begin for as long as it takes. */
  readDelivery(message: Msg, stored: StoredFacts): TriggerEvent {
    return this.readStored({
      subject: message.subject,
      reply: '',
      headers: this.headersOf(message),
      data: dataOf(message),
      receivedAt: Date.now(),
      stored,
    });
  }

  /** A message of a stream, such as one that a dead letter has kept. */
  readStored(message: NatsMessage & { readonly stored: StoredFacts }): TriggerEvent {
    const { stream, sequence, deliveryCount } = message.stored;
    const trace = storedTrace(message.stored, message.headers);
    const about = { ...trace, requestId: `${stream}-${sequence}`, attempt: deliveryCount };
    return { ...this.toEvent(message, readHeaders(message.headers), about), startBy: Number.POSITIVE_INFINITY };
  }

  private toEvent(
    received: NatsMessage,
    headers: NatsEventHeaders,
    about: TraceContext & Pick<TriggerEvent, 'requestId' | 'attempt'>,
  ): TriggerEvent {
    const { format, context } = this.options;
    const { requestId } = about;
    const proxy = toNatsEvent(received, headers, requestId, context);
    const payload = formatEvent(format, {
      proxy,
      body: received.data,
      received: proxy.cloudEvent,
      cloudEvent: {
        id: requestId,
        source: this.cloudEventSource,
        type: 'tributary.nats.message',
        time: new Date(received.stored?.publishedAt ?? received.receivedAt).toISOString(),
        subject: received.subject,
        dataContentType: headers.single['Content-Type'],
      },
    });
    return { ...about, payload };
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

/** RFC 9110, 5.3. A `traceparent` that stands twice is none. */
function joined(values: readonly string[] | undefined): string | undefined {
  return values?.join(',');
}

function dataOf({ data }: Msg): Buffer {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}
