import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** One answer, as it stood on the wire. */
export interface StrictAnswer {
  readonly status: number;
  /** Names as they came, and values. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

const STATUS_LINE = /^HTTP\/1\.1 ([1-5]\d\d) [\t\x20-\x7e\x80-\xff]*$/;
const FIELD_LINE =
  /^([!#$%&'*+\-.^_`|~\dA-Za-z]+):[ \t]*((?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?)[ \t]*$/;

/**
 * A connection whose answers are read by the letter of RFC 9110 and 9112: whatever a peer may not send is an error, not
 * something to get along with.
 */
export class StrictConnection {
  private pending = Buffer.alloc(0);
  private ended = false;
  private wake: () => void = () => undefined;

  private constructor(readonly socket: Socket) {
    socket.on('data', (bytes: Buffer) => {
      this.pending = Buffer.concat([this.pending, bytes]);
      this.wake();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.ended = true;
      this.wake();
    });
  }

  static async open(port: number): Promise<StrictConnection> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const connection = new StrictConnection(socket);
    await once(socket, 'connect');
    return connection;
  }

  /** Writes in pieces that end at the given places, each in a turn of the event loop of its own. */
  async write(bytes: Buffer, cuts: readonly number[] = []): Promise<void> {
    const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
    let start = 0;
    for (const end of [...ends, bytes.length]) {
      if (end > start) this.socket.write(bytes.subarray(start, end));
      start = end;
      if (start < bytes.length) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** The next answer, `1xx` passed over; `undefined` where the connection ends before one begins. */
  async answer(toHead = false): Promise<StrictAnswer | undefined> {
    for (;;) {
      const head = await this.head();
      if (!head) return undefined;
      const { status, headers } = readHead(head);
      if (status < 200) continue;
      return { status, headers, body: await this.body(status, headers, toHead) };
    }
  }

  /** Resolves when the other side has closed; gives what came and belongs to no answer. */
  async closed(): Promise<Buffer> {
    while (!this.ended) await this.more();
    return this.pending;
  }

  private async head(): Promise<string | undefined> {
    for (;;) {
      const end = this.pending.indexOf('\r\n\r\n');
      if (end >= 0) return this.take(end + 4).toString('latin1', 0, end);
      if (this.ended && this.pending.length === 0) return undefined;
      if (this.ended)
        throw new Error(`the connection ended in a head: ${JSON.stringify(this.pending.toString('latin1'))}`);
      await this.more();
    }
  }

  private async body(status: number, headers: StrictAnswer['headers'], toHead: boolean): Promise<Buffer> {
    const framing = headers.filter(([name]) => /^(content-length|transfer-encoding)$/i.test(name));
    if (status === 204 && framing.length > 0) throw new Error('RFC 9110, 8.6: a 204 has no framing');
    if (status === 204 || status === 304 || toHead) return Buffer.alloc(0);
    const [name = '', value = ''] = framing[0] ?? [];
    if (framing.length !== 1 || name.toLowerCase() !== 'content-length' || !/^\d+$/.test(value)) {
      throw new Error(`expected one Content-Length, got ${JSON.stringify(framing)}`);
    }
    while (this.pending.length < Number(value)) {
      if (this.ended) throw new Error(`the connection ended in a body: ${this.pending.length} of ${value} bytes`);
      await this.more();
    }
    return this.take(Number(value));
  }

  private take(length: number): Buffer {
    const taken = this.pending.subarray(0, length);
    this.pending = this.pending.subarray(length);
    return taken;
  }

  private more(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`no answer within 10 s; pending: ${JSON.stringify(this.pending.toString('latin1'))}`)),
        10_000,
      );
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.ended) this.wake();
    });
  }
}

function readHead(head: string): Pick<StrictAnswer, 'status' | 'headers'> {
  const [first = '', ...lines] = head.split('\r\n');
  const status = STATUS_LINE.exec(first)?.[1];
  if (!status) throw new Error(`that is no status line: ${JSON.stringify(first)}`);
  const headers = lines.map((line) => {
    const field = FIELD_LINE.exec(line);
    if (!field) throw new Error(`that is no field line: ${JSON.stringify(line)}`);
    return [field[1] ?? '', field[2] ?? ''] as const;
  });
  return { status: Number(status), headers };
}

/** All values of a header. */
export function valuesOf({ headers }: StrictAnswer, name: string): string[] {
  return headers.filter(([given]) => given.toLowerCase() === name).map(([, value]) => value);
}
