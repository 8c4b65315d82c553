/** Tokens of a literal subject; `*` and `>` stand alone or not at all, so that `orders.eu*` is known for a mistake. */
// oxlint-disable-next-line no-control-regex
const TOKEN = '[^\\s.*>\\x00-\\x1f\\x7f]+';

/** A subject to publish to: no wildcards. @see https://docs.nats.io/nats-concepts/subjects */
export const PUBLISH_SUBJECT = new RegExp(`^${TOKEN}(\\.${TOKEN})*$`);

/** A subject to subscribe to: `*` stands for one token, `>` for one or more at the end. */
export const SUBSCRIBE_SUBJECT = new RegExp(`^((${TOKEN}|\\*)\\.)*(${TOKEN}|\\*|>)$`);

/** A name of a queue group; the server splits its commands at white space. */
// oxlint-disable-next-line no-control-regex
export const QUEUE_NAME = /^[^\s\x00-\x1f\x7f]*$/;

/** Whether some literal subject matches both. */
export function overlaps(one: string, other: string): boolean {
  const tokens = one.split('.');
  const others = other.split('.');
  for (let i = 0; i < Math.max(tokens.length, others.length); i++) {
    const token = tokens[i];
    const another = others[i];
    if (token === undefined || another === undefined) return false;
    if (token === '>' || another === '>') return true;
    if (token !== another && token !== '*' && another !== '*') return false;
  }
  return true;
}

/** The first two of a list that overlap. */
export function firstOverlap(subjects: readonly string[]): readonly [string, string] | undefined {
  for (const [index, one] of subjects.entries()) {
    const other = subjects.slice(index + 1).find((candidate) => overlaps(one, candidate));
    if (other !== undefined) return [one, other];
  }
  return undefined;
}
