import { NatsClient } from '../nats/nats.client.js';
import { BoundedMap } from './bounded-map.js';
import type { Delivery } from './delivery.js';

/** Messages that are remembered for each consumer. */
const REMEMBERED = 8_192;
interface Settled {
  readonly ackSubject: string;
  readonly payload: string;
}

/**
 * What this process has settled for good. An acknowledgement is not confirmed, and is lost with a connection or a server
 * that dies: it is sent again then, and a message that comes again all the same does not run again.
 */
export class SettledMessages {
  private readonly settled = new BoundedMap<Settled>(REMEMBERED);

  constructor(private readonly client: NatsClient) {}

  /** @param payload `+ACK` or `+TERM`. */
  settle({ key, ackSubject }: Delivery, payload: string): void {
    if (ackSubject === undefined) return;
    this.settled.set(key, { ackSubject, payload });
    this.client.publishSoon(ackSubject, payload);
  }

  /** Settles a message that was settled before, in the same way; false where it was not. */
  settleAgain(delivery: Delivery): boolean {
    const known = this.settled.get(delivery.key);
    if (known) this.settle(delivery, known.payload);
    return known !== undefined;
  }

  /** The connection is back: what it, or the server, may have lost is sent again. Settling twice does no harm. */
  sendAgain(): void {
    for (const { ackSubject, payload } of this.settled.values()) this.client.publishSoon(ackSubject, payload);
  }

  /** The consumer was replaced: its messages are new ones. */
  clear(): void {
    this.settled.clear();
  }
}
