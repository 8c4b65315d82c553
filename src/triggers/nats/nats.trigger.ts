import { Logger } from '@nestjs/common';
import type { Msg } from '@nats-io/transport-node';
import { counterBy, type Figure, figure } from '../../figures/figure.js';
import type { InvocationConfig } from '../../invocation/invocation.config.js';
import type { InvocationOutcome } from '../../invocation/invocation-outcome.js';
import type { InvocationLane, InvocationService } from '../../invocation/invocation.service.js';
import type { TriggerEvent } from '../../invocation/trigger-event.js';
import type { NatsClient } from '../../nats/nats.client.js';
import { queueGroup } from '../../nats/nats-name.js';
import { type FireReport, fireEvent } from '../fire-report.js';
import { RepeatedWarning } from '../repeated-warning.js';
import type { ResultPublisher } from '../result.publisher.js';
import type { Trigger, TriggerState } from '../trigger.js';
import type { NatsTriggerConfig } from './nats.config.js';
import { endpointsOf, type NatsEndpoint } from './nats.endpoint.js';
import { toFiredMessage } from './nats.fire.js';
import { NatsReader } from './nats.reader.js';
import { internalErrorReply, type NatsReply, toNatsReply } from './nats.response.js';
import { NatsServiceDiscovery } from './nats.service-discovery.js';
import { NatsSubscriber } from './nats.subscriber.js';

/** What a trigger needs of the host. */
export interface NatsTriggerServices {
  readonly client: NatsClient;
  readonly invocations: InvocationService;
  readonly results: ResultPublisher;
  readonly application: InvocationConfig;
}

/** What came of the messages so far. */
interface NatsTriggerCounters {
  received: number;
  /** Answered 429 because the queue was full. */
  refused: number;
  /** Dropped because the queue was full and nobody had asked for a reply. */
  dropped: number;
  /** Replies that could not be sent. */
  unsentReplies: number;
}

const OVERLOADED = toNatsReply({ kind: 'overloaded', retryAfterSeconds: 1 }, Number.POSITIVE_INFINITY);

/** Where an answer goes and what it is counted for. */
interface Arrival {
  readonly endpoint: NatsEndpoint;
  /** Empty where the sender expects no answer. */
  readonly reply: string;
  /** Of the monotonic clock, in milliseconds. */
  readonly startedAt: number;
}

/** Core NATS: turns messages into events, and outcomes into replies where one is asked for. */
export class NatsTrigger implements Trigger {
  readonly type = 'nats';
  private readonly counters: NatsTriggerCounters = { received: 0, refused: 0, dropped: 0, unsentReplies: 0 };
  private readonly logger: Logger;
  private readonly queue: string;
  private readonly endpoints: readonly NatsEndpoint[];
  private readonly reader: NatsReader;
  private readonly subscriber: NatsSubscriber;
  private readonly overload: RepeatedWarning;
  private readonly unsent: RepeatedWarning;
  private lane!: InvocationLane;
  private stopping = false;

  constructor(
    private readonly config: NatsTriggerConfig,
    private readonly services: NatsTriggerServices,
  ) {
    const { applicationName: application, applicationVersion: version } = services.application;
    const triggerName = config.name;
    const logger = new Logger(`Trigger ${triggerName}`);
    this.logger = logger;
    this.queue = queueGroup(config.queue, application);
    const context = { triggerName, queue: this.queue };
    this.reader = new NatsReader({ context, applicationName: application, format: config.format, logger });
    const endpoints = endpointsOf(triggerName, config.subject ?? [], this.queue);
    this.endpoints = endpoints;
    const discovery = new NatsServiceDiscovery({ application, version, triggerName, endpoints });
    const onMessage = this.receive.bind(this);
    this.subscriber = new NatsSubscriber({ client: services.client, endpoints, discovery, onMessage, logger });
    this.overload = new RepeatedWarning((count) => logger.warn(overloadText(count)));
    this.unsent = new RepeatedWarning((count, reason) =>
      logger.warn(`Replies that could not be sent: ${count}, the last one because ${reason}`),
    );
  }

  get name(): string {
    return this.config.name;
  }

  get source(): string {
    const subjects = this.endpoints.map(({ subject }) => subject).join(', ');
    return `${subjects} (${this.queue === '' ? 'every replica' : `queue ${this.queue}`})`;
  }

  get state(): TriggerState {
    const { client } = this.services;
    if (this.stopping) return { active: false, reason: 'the host is shutting down' };
    if (client.state !== 'connected') {
      return { active: false, reason: `no connection to NATS at ${client.addresses.join(', ')}` };
    }
    const reason = this.endpoints.find(({ denied }) => denied !== undefined)?.denied;
    return reason === undefined ? { active: true } : { active: false, reason };
  }

  figures(): Figure[] {
    const { received, refused, dropped, unsentReplies } = this.counters;
    return [
      figure('counter', 'nats_messages_total', 'Messages of core NATS that were received.', received),
      counterBy('nats_overloaded_total', 'Messages that were not run because the queue was full.', 'end', {
        'answered 429': refused,
        dropped,
      }),
      figure('counter', 'nats_unsent_replies_total', 'Replies that could not be sent.', unsentReplies),
    ];
  }

  async fire(given: unknown): Promise<FireReport> {
    const subjects = this.endpoints.map(({ subject }) => subject);
    const event = this.reader.readReceived(toFiredMessage(given, subjects, Date.now()));
    return fireEvent(event, () => this.services.invocations.invoke(this.lane, event));
  }

  openLane(): void {
    this.lane = this.services.invocations.openLane({
      triggerName: this.name,
      triggerType: 'nats',
      maxInFlight: this.config.maxInFlight,
      handlerName: this.config.handler,
      whenUnavailable: 'wait',
      whenOverloaded: 'refuse',
    });
  }

  start(): void {
    this.subscriber.start();
  }

  /** Stops receiving; what has been received is still invoked and replied to. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.subscriber.stop();
    this.overload.flush();
  }

  private receive(endpoint: NatsEndpoint, message: Msg): void {
    this.counters.received++;
    if (this.isFull()) this.refuse(endpoint, message.reply ?? '');
    else this.invoke(endpoint, message);
  }

  /**
   * Whether an event would only be built to be refused: a burst then costs 3 us a message and leaves the loop to the
   * others. Results tell of refused events, too, so that these have to be built.
   */
  private isFull(): boolean {
    const { maxQueue } = this.services.application;
    return maxQueue > 0 && this.config.resultSubject === undefined && this.services.invocations.isFull(this.lane);
  }

  private refuse(endpoint: NatsEndpoint, reply: string): void {
    this.countOverload(reply);
    endpoint.count(0, OVERLOADED.error);
    if (reply !== '') this.send(reply, OVERLOADED);
  }

  private invoke(endpoint: NatsEndpoint, message: Msg): void {
    const arrival: Arrival = { endpoint, reply: message.reply ?? '', startedAt: performance.now() };
    try {
      const event = this.reader.read(message);
      this.services.invocations
        .invoke(this.lane, event)
        .then((outcome) => this.settle(arrival, event, outcome))
        .catch((error: unknown) => this.fail(arrival, error));
    } catch (error) {
      this.fail(arrival, error);
    }
  }

  private settle(arrival: Arrival, event: TriggerEvent, outcome: InvocationOutcome): void {
    const { client, results } = this.services;
    if (outcome.kind === 'overloaded') this.countOverload(arrival.reply);
    this.answer(arrival, toNatsReply(outcome, client.maxPayload, event));
    if (this.config.resultSubject !== undefined) results.publish(this.config.resultSubject, event, outcome);
  }

  private countOverload(reply: string): void {
    this.counters[reply === '' ? 'dropped' : 'refused']++;
    this.overload.add();
  }

  private answer({ endpoint, reply, startedAt }: Arrival, answer: NatsReply): void {
    endpoint.count(performance.now() - startedAt, answer.error);
    if (reply !== '') this.send(reply, answer);
  }

  private send(subject: string, { headers, body }: NatsReply): void {
    this.services.client.publishSoon(subject, body, headers, this.countUnsent);
  }

  private readonly countUnsent = (reason: string): void => {
    this.counters.unsentReplies++;
    this.unsent.add(reason);
  };

  /** A bug: nothing of it is told to the sender. */
  private fail(arrival: Arrival, error: unknown): void {
    this.logger.error({ message: 'A message failed inside the host; please report this', err: error });
    this.answer(arrival, internalErrorReply());
  }
}

function overloadText(count: number): string {
  const messages = count === 1 ? '1 message was' : `${count} messages were`;
  return `The queue is full: ${messages} not run; those who asked for a reply got 429 (INVOCATION_MAX_QUEUE is its length)`;
}
