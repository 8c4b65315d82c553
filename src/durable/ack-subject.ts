/** What the server tells of a delivery in the subject that acknowledgements go to. */
export interface DeliveryFacts {
  readonly stream: string;
  readonly consumer: string;
  /** Sequence of the message in its stream. */
  readonly sequence: number;
  /** The how many-th delivery this is, from 1. */
  readonly deliveryCount: number;
  /** When the stream stored it, epoch milliseconds. */
  readonly publishedAt: number;
  /** Messages behind this one that the consumer has not delivered yet. */
  readonly pending: number;
}

const NANOSECONDS_DIGITS = 6;

/**
 * Reads `$JS.ACK.<stream>.<consumer>.<delivered>.<stream sequence>.<consumer sequence>.<time>.<pending>`, or the longer
 * form that begins with a domain and the account's hash. `undefined` for any other subject.
 * @see https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-15.md
 */
export function readAckSubject(subject: string): DeliveryFacts | undefined {
  const tokens = subject.split('.');
  if (tokens[0] !== '$JS' || tokens[1] !== 'ACK' || tokens.length < 9) return undefined;
  const first = tokens.length >= 11 ? 4 : 2;
  const [stream = '', consumer = '', delivered, sequence, , time = '', pending] = tokens.slice(first);
  return {
    stream,
    consumer,
    sequence: Number(sequence),
    deliveryCount: Number(delivered),
    publishedAt: Number(time.slice(0, -NANOSECONDS_DIGITS)),
    pending: Number(pending),
  };
}
