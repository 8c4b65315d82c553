import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** A connection that comes while the host ends gets this long to send a whole head. */
const LATE_MS = 1_000;

/** The response that a connection waits for or is being sent. Node's own field: there is no public one. */
export function responseOn(socket: Duplex): ServerResponse | undefined {
  return (socket as Duplex & { _httpMessage?: ServerResponse | null })._httpMessage ?? undefined;
}

const ending = new WeakSet<Duplex>();

/**
 * Its next answer is the last one. Node itself goes on to emit the requests that came in one piece with it, and where the
 * framing of one is broken, whatever follows may be part of its body.
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-9.6
 */
export function markEnding(socket: Duplex): void {
  ending.add(socket);
}

export function isEnding(socket: Duplex): boolean {
  return ending.has(socket);
}

/** Ends a connection once all that was asked on it before has been answered. */
export function endAfterAnswers(socket: Socket): void {
  const response = responseOn(socket);
  // Node has put the next answer into the place of this one by then.
  if (response) response.once('finish', () => endAfterAnswers(socket));
  else socket.destroySoon();
}

/**
 * The open connections of a server, to close them in order. Node's own way takes a connection for idle as soon as `end()` was
 * called, and cuts off answers that have not been sent yet; and for busy as long as it has sent nothing at all.
 */
export class HttpConnections {
  private readonly open = new Set<Socket>();
  private closing = false;

  constructor(server: Server) {
    server.on('connection', (socket: Socket) => this.add(socket));
    server.closeIdleConnections = () => undefined;
  }

  /** Closes what waits for no answer now, and the rest as soon as its answer has been sent. */
  close(): void {
    this.closing = true;
    for (const socket of this.open) {
      const response = responseOn(socket);
      if (!response) socket.destroy();
      else response.once('finish', () => socket.destroySoon());
    }
  }

  private add(socket: Socket): void {
    this.open.add(socket);
    socket.once('close', () => this.open.delete(socket));
    if (!this.closing) return;
    setTimeout(() => {
      if (!responseOn(socket)) socket.destroy();
    }, LATE_MS);
  }
}
