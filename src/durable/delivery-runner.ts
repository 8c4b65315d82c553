import type { Logger } from '@nestjs/common';
import type { InvocationOutcome } from '../invocation/invocation-outcome.js';
import type { InvocationLane } from '../invocation/invocation.service.js';
import type { TriggerEvent } from '../invocation/trigger-event.js';
import { atMost } from '../nats/at-most.js';
import { explainJetStreamError, isRefusal } from '../nats/jetstream-error.js';
import { ATTEMPTS_STREAM } from '../nats/own-streams.js';
import type { Delivery } from './delivery.js';
import { DeliveryCounters } from './delivery-counters.js';
import { mayEndHosts } from './delivery-policy.js';
import { DeliverySettler } from './delivery-settler.js';
import type { DurableHost } from './durable-host.js';
import type { DurableSource } from './durable-source.js';
import type { Settlement } from './settlement.js';

/** How often a message may be there when the sub-runtime dies beside something that is no message, before it is charged. */
const MAX_CRASHES_IN_COMPANY = 3;
/** Time for the server to know what was handed back. */
const CLEAR_MS = 2_000;
/** How long what has begun is waited for, so that it neither dies with the one that runs alone, nor takes that one along. */
const COMPANY_MS = 10_000;
/** Runs the messages that a consumer was given, until each of them is settled. */
export class DeliveryRunner {
  private readonly inHandByKey = new Map<string, Delivery>();
  private readonly invoking = new Map<TriggerEvent, Promise<InvocationOutcome>>();
  private readonly withdrawn = new WeakSet<TriggerEvent>();
  /** Questions to the server about messages that have not begun. */
  private readonly asking = new Set<Promise<unknown>>();
  /** Those that wait until nobody runs alone. */
  private readonly waiting = new Set<Delivery>();
  private readonly settler: DeliverySettler;
  private untilEmpty: (() => void)[] = [];
  private lane!: InvocationLane;
  private stopping = false;

  constructor(
    private readonly source: DurableSource,
    private readonly host: DurableHost,
    private readonly logger: Logger,
    counters = new DeliveryCounters(),
  ) {
    this.settler = new DeliverySettler(source, host, logger, counters);
  }

  /** To be called before the first message. */
  open(lane: InvocationLane): void {
    this.lane = lane;
  }

  get inHand(): number {
    return this.inHandByKey.size;
  }

  /** Permits are taken by handlers whose messages are no longer waited for, and nothing waits for one. */
  get isHeldUp(): boolean {
    const { inFlight, waiting } = this.lane;
    return waiting.length === 0 && inFlight > this.invoking.size;
  }

  /** Takes a message from its delivery to its settlement. */
  take(delivery: Delivery): void {
    const inHand = this.inHandByKey.get(delivery.key);
    if (inHand) return inHand.redeliveredAs(delivery);
    // Also at what looks like a first delivery: a server that was killed has forgotten its last ones.
    if (this.settler.settleAgain(delivery)) return;
    this.inHandByKey.set(delivery.key, delivery);
    this.host.progress.add(delivery, this.source.consumer.ackWaitMs);
    this.handle(delivery)
      .catch((error: unknown) => this.fail(delivery, error))
      .finally(() => this.release(delivery));
  }

  /** Somebody has to run alone: what has not begun waits until that is over. */
  withdrawWaiting(): void {
    for (const event of this.invoking.keys()) {
      this.withdrawn.add(event);
      this.host.invocations.withdraw(this.lane, event);
    }
  }

  /**
   * Somebody runs alone who may end this host: what has not begun is handed back, and the server knows of it; what has begun
   * is waited for. Never rejects.
   */
  async clear(): Promise<void> {
    await atMost(CLEAR_MS, Promise.allSettled(this.asking));
    // Twice, since what was withdrawn from its lane waits here only a moment later.
    for (let pass = 1; pass <= 2; pass++) {
      for (const delivery of this.waiting) this.handBackUnrun(delivery);
      await atMost(CLEAR_MS, this.host.nats.flush());
    }
    await atMost(COMPANY_MS, Promise.all([...this.invoking.values()]));
  }

  /** What could not begin for now is handed back; what can begin, or has begun, goes on. */
  stop(): void {
    this.stopping = true;
    this.settler.stop();
    if (!this.host.invocations.canBegin) this.withdrawWaiting();
  }

  /** Resolves when all that is in hand has been settled, within `timeoutMs`; the rest is handed back. */
  async settleRest(timeoutMs: number): Promise<void> {
    if (this.inHand > 0) await atMost(timeoutMs, new Promise<void>((resolve) => this.untilEmpty.push(resolve)));
    for (const delivery of this.inHandByKey.values()) {
      this.settler.handBack(delivery);
      this.release(delivery);
    }
  }

  /** The connection is back, and the consumer is the one that it was. */
  sendSettledAgain(): void {
    this.settler.sendAgain();
  }

  /** The consumer was replaced: what is in hand goes on, but the new one is told nothing of it. */
  disownAll(): void {
    this.settler.forget();
    for (const delivery of this.inHandByKey.values()) delivery.disown();
  }

  private async handle(delivery: Delivery): Promise<void> {
    if (delivery.facts.deliveryCount > 1 && !(await this.readRecord(delivery))) {
      return this.settler.deliverLater(delivery);
    }
    // It was given up, and its letter could not be written: it does not run again.
    const { last } = delivery.record;
    if (last) return this.settler.writeLetter(delivery, last);
    if (this.host.isolation.isExposed) return this.settler.deliverSoon(delivery);
    const verdict = this.source.judge(delivery);
    switch (verdict.kind) {
      case 'run':
        return mayEndHosts(delivery, verdict.isLast)
          ? this.runExposed(delivery, verdict.event)
          : this.run(delivery, verdict.event);
      case 'give-up':
        return this.settler.giveUpUnrun(delivery, verdict.reason, verdict.error);
      case 'pass-over':
        return this.settler.passOver(delivery);
    }
  }

  /** False where the server does not tell. */
  private async readRecord(delivery: Delivery): Promise<boolean> {
    return this.asked(async () => {
      delivery.record = await this.host.records.read(delivery);
      delivery.isRecordKnown = true;
    });
  }

  /** Writes down that it begins; false where the server is silent. One that refuses, such as a full one, holds nothing up. */
  private writeBegun(delivery: Delivery): Promise<boolean> {
    return this.asked(async () => {
      try {
        await this.host.records.begin(delivery);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        this.say(error);
        delivery.begun = delivery.facts.deliveryCount;
      }
    });
  }

  private async asked(ask: () => Promise<void>): Promise<boolean> {
    const asking = ask();
    this.asking.add(asking);
    try {
      await asking;
      return true;
    } catch (error) {
      this.say(error);
      return false;
    } finally {
      this.asking.delete(asking);
    }
  }

  private say(error: unknown): void {
    const message = `What is known of messages that come again cannot be read or written: ${explainJetStreamError(error)}`;
    this.settler.once(message, () => this.logger.warn({ message, stream: ATTEMPTS_STREAM }));
  }

  /** One at a time, with nothing else in hand; who comes meanwhile comes again. */
  private async runExposed(delivery: Delivery, event: TriggerEvent): Promise<void> {
    const { isolation } = this.host;
    if (isolation.isActive) return this.settler.deliverSoon(delivery);
    const outcome = await new Promise<InvocationOutcome | undefined>((resolve, reject) => {
      isolation.enterExposed(() => this.begin(delivery, event).then(resolve, reject));
    });
    if (outcome) await this.settle(delivery, event, outcome);
  }

  private async run(delivery: Delivery, event: TriggerEvent): Promise<void> {
    const { isolation } = this.host;
    let outcome: InvocationOutcome | undefined;
    do {
      // Again and again: of several that waited, one may be poisonous and run alone at once.
      while (isolation.isActive || isolation.isPoisonous(delivery.id) || !delivery.isKnownToBegin) {
        if (isolation.isPoisonous(delivery.id)) return this.runAlone(delivery, event);
        // Handed back meanwhile, at the end of this host.
        if (!this.isInHand(delivery)) return;
        if (isolation.isActive) {
          if (!(await this.untilIdle(delivery))) return;
        } else if (!(await this.writeBegun(delivery))) return this.settler.deliverLater(delivery);
      }
      this.withdrawn.delete(event);
      outcome = await this.begin(delivery, event);
    } while (outcome?.kind === 'expired' && this.withdrawn.has(event) && !this.stopping);
    if (outcome) await this.settle(delivery, event, outcome);
  }

  /** False where it was handed back meanwhile. */
  private async untilIdle(delivery: Delivery): Promise<boolean> {
    this.waiting.add(delivery);
    // It came here after the others were handed back.
    if (this.host.isolation.isExposed) this.handBackUnrun(delivery);
    await this.host.isolation.idle();
    return this.waiting.delete(delivery);
  }

  private async runAlone(delivery: Delivery, event: TriggerEvent): Promise<void> {
    this.waiting.add(delivery);
    const outcome = await new Promise<InvocationOutcome | undefined>((resolve, reject) => {
      this.host.isolation.enter(() => {
        const wasHandedBack = !this.waiting.delete(delivery);
        if (wasHandedBack || this.stopping) return resolve(wasHandedBack ? undefined : { kind: 'expired' });
        return this.begin(delivery, event).then(resolve, reject);
      });
    });
    if (outcome) await this.settle(delivery, event, outcome);
  }

  /** It is not in hand any more: when it comes again it is another delivery. */
  private handBackUnrun(delivery: Delivery): void {
    this.waiting.delete(delivery);
    this.settler.deliverSoon(delivery);
    this.release(delivery);
  }

  /** What waited for others may be too late to begin. `undefined` where it has been settled already. */
  private async begin(delivery: Delivery, event: TriggerEvent): Promise<InvocationOutcome | undefined> {
    const isLate = event.startBy !== undefined && Date.now() >= event.startBy;
    if (isLate) return { kind: 'expired' };
    if (!delivery.isKnownToBegin && !(await this.writeBegun(delivery))) {
      this.settler.deliverLater(delivery);
      return undefined;
    }
    delivery.attempt = event.attempt;
    delivery.trace = event;
    const outcome = this.host.invocations.invoke(this.lane, event);
    this.invoking.set(event, outcome);
    try {
      return await outcome;
    } finally {
      this.invoking.delete(event);
    }
  }

  private async settle(delivery: Delivery, event: TriggerEvent, outcome: InvocationOutcome): Promise<void> {
    const settlement = this.settlementOf(delivery, outcome);
    if (settlement.kind === 'run-alone') return this.runAlone(delivery, event);
    await this.settler.settle(delivery, settlement, outcome);
  }

  private settlementOf(delivery: Delivery, outcome: InvocationOutcome): Settlement {
    // Cut off by the end of this host, not by its own fault.
    if (this.stopping && outcome.kind === 'crashed') return { kind: 'hand-back' };
    const settlement = this.source.settle(outcome, delivery);
    if (outcome.kind === 'timed-out') this.host.isolation.suspect(delivery.id);
    else this.host.isolation.clear(delivery.id);
    if (outcome.kind !== 'crashed') return settlement;
    if (settlement.kind === 'run-alone') {
      delivery.crashesInCompany++;
      if (delivery.crashesInCompany < MAX_CRASHES_IN_COMPANY) return settlement;
    }
    this.host.isolation.remember(delivery.id);
    return settlement.kind === 'run-alone' ? this.source.settle({ ...outcome, alone: true }, delivery) : settlement;
  }

  /** A bug: the message is delivered again, and given up at last. */
  private fail(delivery: Delivery, error: unknown): void {
    const message = 'A message failed inside the host; please report this';
    this.logger.error({ message, requestId: this.settler.requestIdOf(delivery), err: error });
    this.settler.deliverAfterBug(delivery);
  }

  private isInHand(delivery: Delivery): boolean {
    return this.inHandByKey.get(delivery.key) === delivery;
  }

  private release(delivery: Delivery): void {
    if (this.isInHand(delivery)) this.inHandByKey.delete(delivery.key);
    this.host.progress.remove(delivery);
    if (this.inHand === 0) for (const resolve of this.untilEmpty.splice(0)) resolve();
  }
}
