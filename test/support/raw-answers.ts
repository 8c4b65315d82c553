import { expect } from 'vitest';

/** An answer taken apart, with nothing of it left over. */
export interface RawAnswer {
  readonly status: number;
  /** By lower-case name; several of a name are joined by a line feed. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/**
 * All answers in what came on one connection. Throws where a byte is there that belongs to none of them.
 *
 * @param headAt Indices of those that answer HEAD, which have no body.
 */
export function answersIn(text: string, headAt: readonly number[] = []): RawAnswer[] {
  const answers: RawAnswer[] = [];
  for (let at = 0; at < text.length;) {
    const end = text.indexOf('\r\n\r\n', at);
    const [statusLine = '', ...lines] = text.slice(at, end < 0 ? undefined : end).split('\r\n');
    const status = Number(/^HTTP\/1\.1 ([1-5]\d\d) ?[\x20-\x7e]*$/.exec(statusLine)?.[1]);
    if (end < 0 || !status) throw new Error(`no answer: ${JSON.stringify(text.slice(at, at + 200))}`);
    const headers = new Map<string, string>();
    for (const line of lines) {
      const [, name = '', value = ''] = /^([^:\s]+): (.*)$/s.exec(line) ?? [];
      if (name === '') throw new Error(`no header: ${JSON.stringify(line)}`);
      const lower = name.toLowerCase();
      headers.set(lower, headers.has(lower) ? `${headers.get(lower)}\n${value}` : value);
    }
    const isBare = status < 200 || status === 204 || status === 304 || headAt.includes(answers.length);
    const length = isBare ? 0 : Number(headers.get('content-length'));
    at = end + 4 + length;
    if (!(at <= text.length)) throw new Error(`an answer that is cut off: ${JSON.stringify(text.slice(0, 500))}`);
    answers.push({ status, headers, body: text.slice(at - length, at) });
  }
  return answers;
}

/** A path, a stack, a code of Node's or Fastify's. */
export const INSIDE = /\/\w+\/|\bat \S+:\d|\b(HPE|FST|ERR|UND)_|\bE[A-Z]{5,}\b|node:|Error:|\.[cm]?[jt]s\b/;

/** What holds for each answer of the host itself: an id, plain text, and nothing of its inside. */
export function expectPlain(answer: RawAnswer): void {
  expect(answer.headers.get('x-request-id')).toMatch(/^[\w.~:/+=@-]{1,128}$/);
  expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  expect(answer.body).not.toMatch(INSIDE);
  expect(answer.body.length).toBeLessThan(200);
}
