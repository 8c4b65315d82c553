import { connect, type Socket } from 'node:net';

/** A connection on which a test writes bytes as they are. */
export interface RawConnection {
  readonly socket: Socket;
  write(data: string | Buffer): void;
  /** All that has come so far. */
  received(): string;
  /** Resolves with all that came once the other side has closed; rejects after `timeoutMs`. */
  closed(timeoutMs?: number): Promise<string>;
  /** Resolves with all that has come once it contains `count` complete heads of answers. */
  answers(count: number, timeoutMs?: number): Promise<string>;
}

/** @param from Address of this side; all of 127.0.0.0/8 are ours. */
export async function openRaw(port: number, from?: string): Promise<RawConnection> {
  const socket = connect({ port, host: '127.0.0.1', ...(from && { localAddress: from }) });
  let text = '';
  let ended = false;
  const changes = new Set<() => void>();
  const changed = () => changes.forEach((listener) => listener());
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    changed();
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    ended = true;
    changed();
  });
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  const wait = (what: string, done: () => boolean, timeoutMs: number) =>
    new Promise<string>((resolve, reject) => {
      const timer = setTimeout(
        () => finish(new Error(`waited ${timeoutMs} ms for ${what}; got ${JSON.stringify(text)}`)),
        timeoutMs,
      );
      const check = () => done() && finish();
      const finish = (error?: Error) => {
        clearTimeout(timer);
        changes.delete(check);
        if (error) reject(error);
        else resolve(text);
      };
      changes.add(check);
      check();
    });
  return {
    socket,
    write: (data) => void socket.write(data),
    received: () => text,
    closed: (timeoutMs = 15_000) => wait('the end of the connection', () => ended, timeoutMs),
    answers: (count, timeoutMs = 15_000) =>
      wait(
        `${count} answers`,
        () => (text.match(/^HTTP\/1\.1 [2-5]/gm) ?? []).length >= count && text.includes('\r\n\r\n'),
        timeoutMs,
      ),
  };
}

/** Writes one request as it is and gives everything that came until the connection closed. */
export async function rawExchange(port: number, request: string | Buffer, timeoutMs?: number): Promise<string> {
  const connection = await openRaw(port);
  connection.write(request);
  return connection.closed(timeoutMs);
}

export function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);
}
