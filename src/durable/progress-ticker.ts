import { Injectable } from '@nestjs/common';
import { NatsClient } from '../nats/nats.client.js';
import type { Delivery } from './delivery.js';

/** "Work in progress": the server's time for an acknowledgement begins anew. */
const PROGRESS = '+WPI';
/** How often within its time a message in hand is reported on. */
const REPORTS = 3;
const MIN_INTERVAL_MS = 10;

/** Tells the server of all messages in hand that they are being worked on; one timer for all triggers. */
@Injectable()
export class ProgressTicker {
  private readonly inHand = new Map<Delivery, number>();
  private timer: NodeJS.Timeout | undefined;
  private intervalMs = Number.POSITIVE_INFINITY;

  constructor(private readonly client: NatsClient) {}

  /** @param ackWaitMs The consumer's time for an acknowledgement. */
  add(delivery: Delivery, ackWaitMs: number): void {
    const intervalMs = Math.max(MIN_INTERVAL_MS, ackWaitMs / REPORTS);
    this.inHand.set(delivery, intervalMs);
    if (this.timer && intervalMs >= this.intervalMs) return;
    this.intervalMs = Math.min(this.intervalMs, intervalMs);
    clearInterval(this.timer);
    // Twice as often as reports are due, so that none is late by more than half of its interval.
    this.timer = setInterval(() => this.report(), this.intervalMs / 2);
  }

  remove(delivery: Delivery): void {
    this.inHand.delete(delivery);
  }

  /** Ends by itself when nothing is in hand, not with each message that is settled. */
  private report(): void {
    if (this.inHand.size === 0) {
      clearInterval(this.timer);
      this.timer = undefined;
      return;
    }
    const now = Date.now();
    for (const [delivery, intervalMs] of this.inHand) {
      const { ackSubject, touchedAt } = delivery;
      if (ackSubject === undefined || now - touchedAt < intervalMs) continue;
      if (this.client.publish(ackSubject, PROGRESS)) delivery.touchedAt = now;
    }
  }
}
