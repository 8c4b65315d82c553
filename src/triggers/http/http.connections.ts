import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { monotonicNow } from '../../config/monotonic-clock.js';

/** A connection that comes while the host ends gets this long to send a whole head. */
const LATE_MS = 1_000;

/** A client that takes something of its answer is looked at that often at the most. */
const SWEEP_MS = 5_000;

/** The response that a connection waits for or is being sent. Node's own field: there is no public one. */
export function responseOn(socket: Duplex): ServerResponse | undefined {
  return (socket as Duplex & { _httpMessage?: ServerResponse | null })._httpMessage ?? undefined;
}

/**
 * What emits `close` when the client of a response goes away. Node tells the response that is being waited for, and none of those
 * that wait behind it on its connection.
 */
export function clientOf(response: ServerResponse): ServerResponse | Socket {
  // As many as the client has sent ahead listen to its socket.
  return response.socket ? response : response.req.socket.setMaxListeners(0);
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

/** Ends a connection once all whole requests on it have been answered; a broken one behind them never is. */
export function endAfterAnswers(socket: Socket): void {
  markEnding(socket);
  const response = responseOn(socket);
  // Node has put the next answer into the place of this one by then.
  if (response?.req.complete) response.once('finish', () => endAfterAnswers(socket));
  else socket.destroySoon();
}

/** How much of an answer a client had taken, and since when that is so. */
interface Progress {
  /** `undefined` where nothing waits for it. */
  taken: number | undefined;
  since: number;
}

/**
 * The open connections of a server, to close them in order. Node's own way takes a connection for idle as soon as `end()` was
 * called, and cuts off answers that have not been sent yet; and for busy as long as it has sent nothing at all.
 */
export class HttpConnections {
  private readonly open = new Map<Socket, Progress>();
  private closing = false;

  /** @param patienceMs How long a client may take nothing of an answer that waits for it. Node knows no limit for that. */
  constructor(
    server: Server,
    private readonly patienceMs: number,
  ) {
    server.on('connection', (socket: Socket) => this.add(socket));
    server.closeIdleConnections = () => undefined;
    setInterval(() => this.giveUpStalled(), Math.max(50, Math.min(SWEEP_MS, patienceMs / 4))).unref();
  }

  /** Closes what waits for no answer now, and the rest as soon as its answer has been sent. */
  close(): void {
    this.closing = true;
    for (const socket of this.open.keys()) {
      const response = responseOn(socket);
      if (!response) socket.destroy();
      else response.once('finish', () => socket.destroySoon());
    }
  }

  private add(socket: Socket): void {
    this.open.set(socket, { taken: undefined, since: 0 });
    socket.once('close', () => this.open.delete(socket));
    if (!this.closing) return;
    setTimeout(() => {
      if (!responseOn(socket)) socket.destroy();
    }, LATE_MS);
  }

  private giveUpStalled(): void {
    const now = monotonicNow();
    for (const [socket, progress] of this.open) {
      const taken = socket.writableLength === 0 ? undefined : takenFrom(socket);
      if (taken === undefined || taken !== progress.taken) {
        progress.taken = taken;
        progress.since = now;
      } else if (now - progress.since >= this.patienceMs) {
        // Else the operating system would go on to hold what it has taken.
        socket.resetAndDestroy();
      }
    }
  }
}

/**
 * What differs as soon as the operating system has taken more of what was written. `bytesWritten` alone counts what it was
 * offered; how much it has left of that is in Node's own field, by which Node tells whether a socket is idle.
 */
function takenFrom(socket: Socket): number {
  const { _handle: handle } = socket as Socket & { _handle?: { readonly writeQueueSize: number } | null };
  return socket.bytesWritten - socket.writableLength - (handle?.writeQueueSize ?? 0);
}
