import type { Logger } from '@nestjs/common';
import type { JetStreamManager } from '@nats-io/jetstream';
import type { StoredLetter } from '../../dead-letters/stored-letter.js';
import type { ConsumerSettings } from '../../durable/consumer-settings.js';
import type { Delivery } from '../../durable/delivery.js';
import type { DeliveryEnd, DurableSource, Verdict } from '../../durable/durable-source.js';
import { beyondLimit, runDelivery, settleDelivery } from '../../durable/delivery-policy.js';
import type { Settlement } from '../../durable/settlement.js';
import type { InvocationConfig } from '../../invocation/invocation.config.js';
import type { InvocationOutcome } from '../../invocation/invocation-outcome.js';
import type { LaneOptions, TriggerEvent } from '../../invocation/trigger-event.js';
import { deadLetterSubject, durableName } from '../../nats/own-streams.js';
import { replayResult } from '../replay-result.js';
import type { ResultPublisher } from '../result.publisher.js';
import type { NatsTriggerConfig } from './nats.config.js';
import { toFiredMessage } from './nats.fire.js';
import { labelOf } from './nats.check.js';
import { messageOfLetter } from './nats.letter.js';
import { NatsReader } from './nats.reader.js';

/** A NATS trigger on a stream: its messages as events, and how many deliveries they get. */
export class NatsDurableSource implements DurableSource {
  readonly consumer: ConsumerSettings;
  readonly lane: LaneOptions;
  readonly deadLetterSubject: string;
  readonly handlerName: string;
  readonly format: string;
  readonly publishResult: DurableSource['publishResult'];
  readonly publishReplay: DurableSource['publishReplay'];
  private readonly reader: NatsReader;

  constructor(
    private readonly config: NatsTriggerConfig & { readonly stream: string },
    application: InvocationConfig,
    results: Pick<ResultPublisher, 'publishSafely'>,
    private readonly logger: Logger,
  ) {
    const { name, stream, resultSubject } = config;
    const { applicationName } = application;
    this.consumer = {
      stream,
      durable: config.durable ?? durableName(applicationName, name),
      owner: config.durable === undefined ? `trigger ${name} of function ${applicationName}` : undefined,
      filterSubjects: config.subject ?? [],
      ackWaitMs: config.ackWaitMs,
      maxAckPending: config.maxAckPending,
      begin: config.deliverPolicy,
      mayUpdate: config.updateConsumer,
      label: (setting) => labelOf(config, setting),
    };
    this.lane = {
      triggerName: name,
      triggerType: 'nats',
      maxInFlight: config.maxInFlight,
      handlerName: config.handler,
      whenUnavailable: 'wait',
      whenOverloaded: 'wait',
    };
    this.deadLetterSubject = config.deadLetterSubject ?? deadLetterSubject(applicationName, name);
    this.handlerName = config.handler ?? application.handlerName;
    this.format = config.format;
    this.reader = new NatsReader({
      context: { triggerName: name, queue: '' },
      applicationName,
      format: config.format,
      logger,
    });
    if (resultSubject === undefined) return;
    const source = { applicationName, triggerName: name };
    // A stream that is made anew gives the same ids to other messages.
    this.publishResult = (requestId, outcome, { key, trace }) =>
      results.publishSafely(resultSubject, { ...source, requestId, onceFor: key, trace }, outcome);
    this.publishReplay = (letter, outcome, trace) =>
      results.publishSafely(resultSubject, { ...replayResult(letter), trace }, outcome);
  }

  /** Without a filter all that its stream stores comes to it: what it publishes itself has to lie elsewhere. */
  async prepare(manager: JetStreamManager): Promise<void> {
    const { stream, filterSubjects } = this.consumer;
    if (filterSubjects.length > 0) return;
    const published = { resultSubject: this.config.resultSubject, deadLetterSubject: `${this.deadLetterSubject}.X.1` };
    for (const [setting, subject] of Object.entries(published)) {
      if (subject === undefined || !(await manager.streams.names(subject).next()).includes(stream)) continue;
      throw new Error(
        `${labelOf(this.config, setting)} lies in stream ${stream} itself, so that each would be a new message of the ` +
          `trigger: say in ${labelOf(this.config, 'subject')} which subjects it takes`,
      );
    }
  }

  judge(delivery: Delivery): Verdict {
    const { message, facts } = delivery;
    const refused = beyondLimit(delivery, this.config);
    if (refused) return refused;
    const event = this.reader.readDelivery(message, facts);
    return runDelivery({ ...event, attempt: delivery.charged }, delivery, this.config);
  }

  settle(outcome: InvocationOutcome, delivery: Delivery): Settlement {
    return settleDelivery(outcome, delivery, this.config);
  }

  onEnd({ id, facts }: Delivery, end: DeliveryEnd): void {
    if (end.kind !== 'given-up') return;
    this.logger.error({
      message: `A message became a dead letter after ${facts.deliveryCount} deliveries: ${end.reason}`,
      requestId: id,
      trigger: this.config.name,
    });
  }

  /** An event that an operator gives; it comes from no stream. */
  readGiven(given: unknown): TriggerEvent {
    return this.reader.readReceived(toFiredMessage(given, this.consumer.filterSubjects, Date.now()));
  }

  readLetter(letter: StoredLetter): TriggerEvent {
    return this.reader.readStored(messageOfLetter(letter, Date.now()));
  }
}
