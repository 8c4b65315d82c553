import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import { atMost } from '../nats/at-most.js';

/** How long a request for messages stays with the server, and how often it says that it is still there. */
const EXPIRES_MS = 30_000;
const HEARTBEAT_MS = 5_000;
/** Without a sign of life for this long, a request is lost. */
const SILENCE_MS = 2 * HEARTBEAT_MS + 1_000;
/** Pause after a refusal, so that nothing is asked for in a circle. */
const REFUSED_MS = 1_000;
/** Time for the server to know that nothing more is wanted. */
const DRAIN_MS = 2_000;
const NANOSECONDS = 1_000_000;

export interface PullerOptions {
  readonly stream: string;
  readonly durable: string;
  readonly onMessage: (message: Msg) => void;
  /** Requests were refused, or nothing is heard: the consumer, or its stream, may be gone. */
  readonly onLost: (reason: string) => void;
  /** What was asked for has run out: time to ask again. */
  readonly onExpired: () => void;
}

/**
 * Asks a durable consumer for messages, so many as there is room for. The library's own consumer keeps a buffer instead, in
 * which messages would wait, unreported, until the server gives them to somebody else.
 * @see https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-13.md
 */
export class MessagePuller {
  /** Messages that were asked for and have not come. */
  private outstanding = 0;
  private heardAt = 0;
  private subscription: Subscription | undefined;
  private watch: NodeJS.Timeout | undefined;
  private pausedUntil = 0;
  private readonly subject: string;
  private readonly inbox: string;

  constructor(
    private readonly connection: NatsConnection,
    inbox: string,
    private readonly options: PullerOptions,
  ) {
    this.inbox = inbox;
    this.subject = `$JS.API.CONSUMER.MSG.NEXT.${options.stream}.${options.durable}`;
  }

  start(): void {
    this.subscription = this.connection.subscribe(this.inbox, {
      callback: (error, message) => {
        if (error) this.options.onLost(error.message);
        else this.receive(message);
      },
    });
    this.watch = setInterval(() => this.look(), HEARTBEAT_MS / 2);
  }

  /**
   * Asks for what there is room for beyond what is on its way. Not for every single message: half of the room has to be
   * free, or nothing on its way.
   *
   * @param room Messages that could be taken now.
   * @param capacity Messages that could be taken if nothing were in hand.
   */
  fill(room: number, capacity: number): void {
    const missing = room - this.outstanding;
    const enough = this.outstanding === 0 ? 1 : Math.max(1, Math.floor(capacity / 2));
    if (missing < enough || Date.now() < this.pausedUntil || !isUsable(this.connection)) return;
    this.outstanding += missing;
    this.heardAt = Date.now();
    const request = { batch: missing, expires: EXPIRES_MS * NANOSECONDS, idle_heartbeat: HEARTBEAT_MS * NANOSECONDS };
    this.connection.publish(this.subject, JSON.stringify(request), { reply: this.inbox });
  }

  /** What was asked for is lost, such as with a connection. What comes of it all the same is taken. */
  forget(): void {
    this.outstanding = 0;
  }

  /** Asks no more, and resolves when all that was on its way has come, within 2 s. */
  async stop(): Promise<void> {
    clearInterval(this.watch);
    const { subscription } = this;
    if (subscription && isUsable(this.connection)) await atMost(DRAIN_MS, subscription.drain());
  }

  private receive(message: Msg): void {
    this.heardAt = Date.now();
    const code = statusOf(message);
    if (code) return this.follow(code, message);
    this.outstanding = Math.max(0, this.outstanding - 1);
    this.options.onMessage(message);
  }

  private follow(code: number, { headers }: Msg): void {
    if (code === 100) return;
    const unused = headers?.get('Nats-Pending-Messages');
    this.outstanding = unused ? Math.max(0, this.outstanding - Number(unused)) : 0;
    if (code === 404 || code === 408) return this.options.onExpired();
    this.pausedUntil = Date.now() + REFUSED_MS;
    this.options.onLost(headers?.description ?? `status ${code}`);
  }

  private look(): void {
    if (this.outstanding === 0) return this.options.onExpired();
    if (Date.now() - this.heardAt < SILENCE_MS) return;
    this.forget();
    this.options.onLost('the server is silent');
  }
}

/** A status has no subject to reply to, which the library gives as an empty text; headers are decoded for it alone. */
function statusOf(message: Msg): number | undefined {
  return message.reply || message.data.length > 0 ? undefined : message.headers?.code;
}

/** A connection that the library has closed for good throws at what is published. */
function isUsable(connection: NatsConnection): boolean {
  return !connection.isClosed() && !connection.isDraining();
}
