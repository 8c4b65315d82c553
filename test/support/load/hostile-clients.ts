import { openRaw, statusOf } from '../raw-http.js';
import { type Load, pause } from './load.js';

/** The host has given up a hostile connection by then, whatever it is that it waits for. */
const GIVEN_UP_MS = 30_000;

interface Attack {
  readonly name: string;
  readonly bytes: string;
  /** Statuses that it may be answered with; none: the connection is closed without one. */
  readonly statuses: readonly number[];
}

const request = (line: string, ...headers: string[]) => `${[line, 'Host: h', ...headers].join('\r\n')}\r\n\r\n`;

/** Each is answered and its connection closed; whatever follows on it is not served. */
const attacks: readonly Attack[] = [
  { name: 'garbage', bytes: '\0\x01\x02 not http at all\r\n\r\n', statuses: [400] },
  { name: 'TLS to a plain port', bytes: '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03', statuses: [400] },
  {
    name: 'length and coding',
    bytes: `${request('POST /body HTTP/1.1', 'Content-Length: 4', 'Transfer-Encoding: chunked')}0\r\n\r\n${request('GET /exit HTTP/1.1')}`,
    statuses: [400],
  },
  {
    name: 'two lengths',
    bytes: `${request('POST /body HTTP/1.1', 'Content-Length: 0', 'Content-Length: 60')}${request('GET /exit HTTP/1.1')}`,
    statuses: [400],
  },
  {
    name: 'a chunk size that is none',
    bytes: `${request('POST /body HTTP/1.1', 'Transfer-Encoding: chunked')}-1\r\n${request('GET /exit HTTP/1.1')}`,
    statuses: [400],
  },
  {
    name: 'headers over the limit',
    bytes: request('GET / HTTP/1.1', `X-Large: ${'x'.repeat(80_000)}`),
    statuses: [431],
  },
  {
    name: 'thousands of headers',
    bytes: request('GET / HTTP/1.1', ...Array.from({ length: 20_000 }, (_, n) => `x-${n}: y`)),
    statuses: [431],
  },
  { name: 'a body over the limit', bytes: request('POST / HTTP/1.1', 'Content-Length: 99999999'), statuses: [413] },
  { name: 'a head that never ends', bytes: 'GET / HTTP/1.1\r\nHost: h\r\nX-Drip: ', statuses: [408] },
];

export async function hostileClient(load: Load, index: number): Promise<void> {
  const attack = attacks[index % attacks.length]!;
  try {
    const connection = await openRaw(load.port);
    connection.write(attack.bytes);
    const dripping = setInterval(() => connection.socket.writable && connection.write('x'), 200);
    const answer = await connection.closed(GIVEN_UP_MS).finally(() => clearInterval(dripping));
    connection.socket.destroy();
    const answers = answer.match(/^HTTP\/1\.1 /gm)?.length ?? 0;
    // A reset may overtake the answer, since the client writes on; there is never a second one.
    if (answers === 0 || (answers === 1 && attack.statuses.includes(statusOf(answer))))
      load.seen.count('hostile', attack.name);
    else load.seen.isWrong(attack.name, answer.slice(0, 300));
  } catch (error) {
    load.seen.isWrong(attack.name, String(error));
  }
  await pause(20);
}

/** Asks for many answers at once and reads none of them. */
export async function unreadClient(load: Load): Promise<void> {
  try {
    const connection = await openRaw(load.port);
    connection.socket.pause();
    connection.write(request('GET /large?bytes=1000000 HTTP/1.1').repeat(20));
    await pause(2_000);
    connection.socket.destroy();
    load.seen.count('unread', 'left');
  } catch (error) {
    load.seen.isWrong('unread', String(error));
  }
}
