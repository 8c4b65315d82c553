import { NatsClient } from '../nats/nats.client.js';
import { BoundedMap } from './bounded-map.js';
import type { Delivery } from './delivery.js';

/** Messages that are remembered for each consumer. */
const REMEMBERED = 8_192;
/** How far back settlements are sent again after a lost connection; servers write them down within seconds. */
const RESENT_MS = 30_000;

interface Settled {
  readonly ackSubject: string;
  readonly payload: string;
  readonly at: number;
}

/**
 * What this process has settled for good. An acknowledgement is not confirmed, and is lost with a connection or a server
 * that dies: it is sent again then, and a message that comes again all the same does not run again.
 */
export class SettledMessages {
  private readonly settled = new BoundedMap<Settled>(REMEMBERED);

  constructor(private readonly client: NatsClient) {}

  /** @param payload `+ACK` or `+TERM`. */
  settle({ id, ackSubject }: Delivery, payload: string): void {
    this.settled.set(id, { ackSubject, payload, at: Date.now() });
    this.client.publish(ackSubject, payload);
  }

  /** Settles a message that was settled before, in the same way; false where it was not. */
  settleAgain({ id, ackSubject }: Delivery): boolean {
    const known = this.settled.get(id);
    if (!known) return false;
    this.client.publish(ackSubject, known.payload);
    return true;
  }

  /** The connection is back: what it may have lost is sent again. Settling twice does no harm. */
  sendAgain(): void {
    const since = Date.now() - RESENT_MS;
    for (const { ackSubject, payload, at } of this.settled.values()) {
      if (at >= since) this.client.publish(ackSubject, payload);
    }
  }

  /** The consumer was replaced: its messages are new ones. */
  clear(): void {
    this.settled.clear();
  }
}
