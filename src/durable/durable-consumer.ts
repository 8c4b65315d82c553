import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { Msg, NatsConnection } from '@nats-io/transport-node';
import { messageOf } from '../errors.js';
import type { Figure } from '../figures/figure.js';
import type { InvocationOutcome } from '../invocation/invocation-outcome.js';
import type { InvocationLane } from '../invocation/invocation.service.js';
import type { TriggerEvent } from '../invocation/trigger-event.js';
import { explainJetStreamError } from '../nats/jetstream-error.js';
import { loadNatsLibrary } from '../nats/nats-library.js';
import { readAckSubject } from './ack-subject.js';
import { ConsumerKeeper } from './consumer-keeper.js';
import { Delivery } from './delivery.js';
import { DeliveryCounters } from './delivery-counters.js';
import { DeliveryRunner } from './delivery-runner.js';
import type { DurableHost } from './durable-host.js';
import type { DurableSource } from './durable-source.js';
import { MessagePuller } from './message-puller.js';

/** Pause before a consumer that cannot be used is looked at again, to which up to as much again is added. */
const RETRY_MS = 2_000;
/** How often a consumer that is used is looked at. */
const CHECK_MS = 30_000;
/** Pause after a refusal, or silence, before the consumer is looked at. */
const SOON_MS = 500;

/** Takes the messages of a durable consumer to the function, as many at once as may run, and settles them. */
export class DurableConsumer {
  private trouble: string | undefined = 'there has been no connection to NATS yet';
  private readonly logger: Logger;
  private readonly counters = new DeliveryCounters();
  private readonly keeper: ConsumerKeeper;
  private readonly runner: DeliveryRunner;
  private readonly ending = new AbortController();
  private lane!: InvocationLane;
  private puller: MessagePuller | undefined;
  private connection: NatsConnection | undefined;
  private establishing: Promise<void> | undefined;
  private lookAgain = false;
  /** The consumer was seen since a request was last refused or the connection lost: nothing is asked for before. */
  private established = false;
  private wasDisconnected = false;
  private checkTimer: NodeJS.Timeout | undefined;
  private soonTimer: NodeJS.Timeout | undefined;

  constructor(
    private readonly source: DurableSource,
    private readonly host: DurableHost,
  ) {
    this.logger = new Logger(`Trigger ${source.lane.triggerName}`);
    this.runner = new DeliveryRunner(source, host, this.logger, this.counters);
    this.keeper = new ConsumerKeeper(source.consumer, this.logger, () => this.runner.disownAll());
  }

  /** To be called before `start()`. */
  openLane(): InvocationLane {
    this.lane = this.host.invocations.openLane(this.source.lane);
    this.runner.open(this.lane);
    this.host.invocations.onRoom(() => this.fetch());
    this.host.isolation.observe({
      onBegin: () => this.runner.withdrawWaiting(),
      onEnd: () => this.fetch(),
      clear: () => this.runner.clear(),
    });
    return this.lane;
  }

  /** Runs an event that no message brought, in the lane of those that are; not beside one that runs alone. */
  async run(event: TriggerEvent): Promise<InvocationOutcome> {
    const { invocations, isolation } = this.host;
    while (isolation.isActive) await isolation.idle();
    return invocations.invoke(this.lane, event);
  }

  get inHand(): number {
    return this.runner.inHand;
  }

  figures(): Figure[] {
    return this.counters.figures();
  }

  /** Why nothing is fetched; `undefined` while it is. */
  get problem(): string | undefined {
    const { nats } = this.host;
    if (this.trouble !== undefined || nats.state === 'connected') return this.trouble;
    return `no connection to NATS at ${nats.addresses.join(', ')}`;
  }

  /** Begins as soon as there is a connection. */
  start(): void {
    const { nats } = this.host;
    nats.onConnection((connection) => this.attach(connection));
    nats.onReconnect(() => {
      this.wasDisconnected = true;
      this.established = false;
      this.puller?.forget();
      this.establish();
    });
    this.checkTimer = setInterval(() => this.establish(), CHECK_MS);
  }

  /** Fetches nothing more; what has been fetched goes on. */
  async stopFetching(): Promise<void> {
    this.ending.abort();
    clearInterval(this.checkTimer);
    clearTimeout(this.soonTimer);
    this.trouble = 'the host is shutting down';
    await this.puller?.stop();
    this.runner.stop();
  }

  /** Resolves when all that is in hand has been settled, within `timeoutMs`; the rest is handed back. */
  async settleRest(timeoutMs: number): Promise<void> {
    await this.runner.settleRest(timeoutMs);
  }

  private attach(connection: NatsConnection): void {
    if (this.isEnding) return;
    this.wasDisconnected = this.connection !== undefined;
    this.established = false;
    this.connection = connection;
    void this.puller?.stop();
    this.puller = undefined;
    this.establish();
  }

  private get isEnding(): boolean {
    return this.ending.signal.aborted;
  }

  /** Sees to the consumer, until it can be used. One at a time: who asks meanwhile has it looked at once more. */
  private establish(): void {
    if (this.establishing) {
      this.lookAgain = true;
      return;
    }
    this.establishing = this.untilEstablished().finally(() => {
      this.establishing = undefined;
      if (this.lookAgain && !this.isEnding) this.establish();
    });
  }

  private async untilEstablished(): Promise<void> {
    while (!this.isEnding) {
      this.lookAgain = false;
      try {
        await this.prepare();
        return this.resume();
      } catch (error) {
        this.pause(messageOf(error));
      }
      const pauseMs = RETRY_MS * (1 + Math.random());
      await delay(pauseMs, undefined, { signal: this.ending.signal }).catch(() => undefined);
    }
  }

  private async prepare(): Promise<void> {
    const { jetStream, letters, nats, records } = this.host;
    const { connection } = this;
    if (!connection || nats.state !== 'connected')
      throw new Error(`no connection to NATS at ${nats.addresses.join(', ')}`);
    const reconnected = this.wasDisconnected;
    const manager = await jetStream.manager();
    await this.explained(letters.prepare(this.source.deadLetterSubject, manager));
    await this.explained(records.prepare(manager));
    if (this.source.prepare) await this.explained(this.source.prepare(manager));
    await this.keeper.ensure(manager, connection.info?.version);
    this.counters.pending = this.keeper.pending;
    if (reconnected) this.sendSettledAgain();
    if (!this.puller && !this.isEnding) await this.startPulling(connection);
  }

  private sendSettledAgain(): void {
    this.wasDisconnected = false;
    this.runner.sendSettledAgain();
  }

  private async explained(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      throw new Error(explainJetStreamError(error), { cause: error });
    }
  }

  private async startPulling(connection: NatsConnection): Promise<void> {
    const { stream, durable } = this.source.consumer;
    const { createInbox } = await loadNatsLibrary();
    const puller = new MessagePuller(connection, createInbox(), {
      stream,
      durable,
      onMessage: (message) => this.receive(message),
      onExpired: () => this.fetch(),
      onLost: (reason) => {
        this.logger.debug(`${durable}: ${reason}`);
        this.established = false;
        this.establishSoon();
      },
    });
    puller.start();
    this.puller = puller;
  }

  /**
   * A server that tells of a stream which is being deleted is not done with it: one that is made anew at that moment comes
   * with remains of the old one, and takes nothing (nats-server 2.9).
   */
  private establishSoon(): void {
    if (this.soonTimer) return;
    this.soonTimer = setTimeout(() => {
      this.soonTimer = undefined;
      if (!this.isEnding) this.establish();
    }, SOON_MS);
  }

  private pause(problem: string): void {
    if (this.isEnding || problem === this.trouble) return;
    this.trouble = problem;
    this.logger.error(`Messages of stream ${this.source.consumer.stream} are not fetched: ${problem}`);
  }

  private resume(): void {
    if (this.isEnding) return;
    if (this.trouble !== undefined) {
      const { stream, durable } = this.source.consumer;
      this.logger.log(`Fetches messages of stream ${stream} by the consumer ${durable}`);
    }
    this.trouble = undefined;
    this.established = true;
    this.fetch();
  }

  /** As many as there is room for; on the way of every event. */
  private fetch(): void {
    if (this.problem !== undefined || !this.established || !this.puller || this.host.isolation.isActive) return;
    const { maxInFlight } = this.lane;
    const room = Math.min(this.roomToBegin(), 2 * maxInFlight - this.runner.inHand);
    if (room > 0) this.puller.fill(room, maxInFlight);
  }

  /**
   * Handlers that have timed out keep their permits until they answer. Where they keep all, a message has to wait: what
   * waits is how a sub-runtime that answers nobody any more is noticed, and killed.
   */
  private roomToBegin(): number {
    const { invocations } = this.host;
    const room = invocations.roomFor(this.lane);
    return room === 0 && invocations.canBegin && this.runner.isHeldUp ? 1 : room;
  }

  private receive(message: Msg): void {
    const facts = readAckSubject(message.reply ?? '');
    if (!facts) return;
    this.counters.deliver(facts);
    this.runner.take(new Delivery(message, facts));
  }
}
