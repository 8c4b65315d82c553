import { openRaw, statusOf } from '../raw-http.js';
import { type Load, pause } from './load.js';

const BYTES = 2_000_000;
const ANSWER_MS = 60_000;

/** What may come instead of the right answer while the sub-runtime dies and comes back. */
const WHILE_CRASHING = new Set([502, 503]);

/** Clients that take their time and are in their rights: each gets its answer. */
export const slowClients = [waitsForTheFunction, uploadsSlowly, readsSlowly];

export async function slowClient(load: Load, index: number): Promise<void> {
  const client = slowClients[index % slowClients.length]!;
  try {
    await client(load);
  } catch (error) {
    load.seen.isWrong(client.name, String(error));
  }
}

function check({ seen }: Load, kind: string, answer: string, isRight: boolean): void {
  const status = statusOf(answer);
  if (status === 200 && isRight) seen.count(kind, 200);
  else if (WHILE_CRASHING.has(status)) seen.count(kind, status);
  else seen.isWrong(kind, answer.slice(0, 300));
}

async function waitsForTheFunction(load: Load): Promise<void> {
  const connection = await openRaw(load.port);
  connection.write('GET /slow?ms=300 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
  const answer = await connection.closed(ANSWER_MS);
  check(load, 'waitsForTheFunction', answer, answer.endsWith('\r\n\r\nafter 300'));
}

async function uploadsSlowly(load: Load): Promise<void> {
  const connection = await openRaw(load.port);
  connection.write('POST /body HTTP/1.1\r\nHost: h\r\nContent-Length: 20\r\nConnection: close\r\n\r\n');
  for (let sent = 0; sent < 20; sent++) {
    connection.write('x');
    await pause(25);
  }
  const answer = await connection.closed(ANSWER_MS);
  check(load, 'uploadsSlowly', answer, answer.endsWith(`\r\n\r\n${'x'.repeat(20)}`));
}

/** Reads what there is, and then not for a while. */
async function readsSlowly(load: Load): Promise<void> {
  const connection = await openRaw(load.port);
  const { socket } = connection;
  socket.on('data', () => {
    socket.pause();
    setTimeout(() => socket.resume(), 10);
  });
  connection.write(`GET /large?bytes=${BYTES} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`);
  const answer = await connection.closed(ANSWER_MS);
  check(load, 'readsSlowly', answer, answer.length - answer.indexOf('\r\n\r\n') - 4 === BYTES);
}
