import type { Logger } from '@nestjs/common';
import type { JetStreamManager } from '@nats-io/jetstream';
import type { StoredLetter } from '../dead-letters/stored-letter.js';
import type { ConsumerSettings } from '../durable/consumer-settings.js';
import type { Delivery } from '../durable/delivery.js';
import { beyondLimit, DELIVERY_DEFAULTS, runDelivery, settleDelivery } from '../durable/delivery-policy.js';
import type { DeliveryEnd, DurableSource, Verdict } from '../durable/durable-source.js';
import type { Settlement } from '../durable/settlement.js';
import { storedTrace } from '../durable/stored-trace.js';
import type { InvocationConfig } from '../invocation/invocation.config.js';
import type { InvocationOutcome } from '../invocation/invocation-outcome.js';
import type { LaneOptions, TriggerEvent } from '../invocation/trigger-event.js';
import { ensureStream } from '../nats/ensure-stream.js';
import {
  deadLetterSubject,
  ownDurableName,
  INVOCATIONS_STREAM,
  invocationsStream,
  invocationSubject,
} from '../nats/own-streams.js';
import { queuedEventOf } from './queued-letter.js';
import { queuedHeadersOf, readQueuedPayload, readQueuedRequestId } from './queued-message.js';

/** A trigger whose invocations may be queued. */
export interface QueuedTrigger {
  readonly name: string;
  /** The exported function, `SCW_HANDLER_NAME` where it is not given. */
  readonly handler?: string | undefined;
  /** Where the last outcome of an invocation goes, if anywhere. */
  readonly publishResult?: DurableSource['publishResult'];
  /** Where the outcome of a dead letter goes that was replayed, if anywhere. */
  readonly publishReplay?: DurableSource['publishReplay'];
}

/** The queued invocations of a trigger, read back from where they were stored. */
export class QueuedInvocationSource implements DurableSource {
  readonly consumer: ConsumerSettings;
  readonly lane: LaneOptions;
  readonly deadLetterSubject: string;
  readonly handlerName: string;
  readonly format = 'scaleway';
  readonly publishResult: DurableSource['publishResult'];
  readonly publishReplay: DurableSource['publishReplay'];

  /** @param replicas Of the stream, where it is created. */
  constructor(
    trigger: QueuedTrigger,
    { applicationName, handlerName }: Pick<InvocationConfig, 'applicationName' | 'handlerName'>,
    private readonly replicas: number,
    private readonly logger: Pick<Logger, 'error'>,
  ) {
    const { name, handler } = trigger;
    this.consumer = {
      stream: INVOCATIONS_STREAM,
      durable: ownDurableName(applicationName, name),
      filterSubjects: [invocationSubject(applicationName, name)],
      ackWaitMs: DELIVERY_DEFAULTS.ackWaitMs,
      maxAckPending: DELIVERY_DEFAULTS.maxAckPending,
      begin: 'all',
      mayUpdate: true,
      label: (setting) => `${setting} of queued invocations`,
    };
    this.lane = {
      triggerName: name,
      triggerType: 'http',
      handlerName: handler,
      whenUnavailable: 'wait',
      whenOverloaded: 'wait',
    };
    this.deadLetterSubject = deadLetterSubject(applicationName, name);
    this.handlerName = handler ?? handlerName;
    this.publishResult = trigger.publishResult;
    this.publishReplay = trigger.publishReplay;
  }

  async prepare(manager: JetStreamManager): Promise<void> {
    await ensureStream(manager, invocationsStream, this.replicas);
  }

  judge(delivery: Delivery): Verdict {
    return beyondLimit(delivery, DELIVERY_DEFAULTS) ?? this.read(delivery);
  }

  settle(outcome: InvocationOutcome, delivery: Delivery): Settlement {
    return settleDelivery(outcome, delivery, DELIVERY_DEFAULTS);
  }

  /** The one that the client was given. */
  requestIdOf({ message }: Delivery): string | undefined {
    return readQueuedRequestId(message);
  }

  onEnd(delivery: Delivery, end: DeliveryEnd): void {
    if (end.kind !== 'given-up') return;
    this.logger.error({
      message: `A queued invocation became a dead letter after ${delivery.facts.deliveryCount} deliveries: ${end.reason}`,
      requestId: this.requestIdOf(delivery) ?? delivery.id,
      trigger: this.lane.triggerName,
    });
  }

  readLetter(letter: StoredLetter): TriggerEvent | undefined {
    return queuedEventOf(letter);
  }

  private read(delivery: Delivery): Verdict {
    const { id, data, facts, message } = delivery;
    const payload = readQueuedPayload(data);
    if (payload === undefined) return { kind: 'give-up', reason: 'unreadable', error: 'the body is no event in JSON' };
    const requestId = readQueuedRequestId(message) ?? id;
    const trace = storedTrace(facts, queuedHeadersOf(message) ?? []);
    const attempt = delivery.charged;
    const startBy = Number.POSITIVE_INFINITY;
    return runDelivery({ ...trace, requestId, payload, attempt, startBy }, delivery, DELIVERY_DEFAULTS);
  }
}
