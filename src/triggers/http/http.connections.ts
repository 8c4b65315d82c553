import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TriggerEvent } from '../../invocation/trigger-event.js';

/** A connection that comes while the host ends gets this long to send a whole head. */
const LATE_MS = 1_000;

/** The response that a connection waits for or is being sent. Node's own field: there is no public one. */
export function responseOn(socket: Duplex): ServerResponse | undefined {
  return (socket as Duplex & { _httpMessage?: ServerResponse | null })._httpMessage ?? undefined;
}

/**
 * The open connections of a server, to close them in order. Node's own way takes a connection for idle as soon as `end()` was
 * called, and cuts off answers that have not been sent yet; and for busy as long as it has sent nothing at all.
 */
export class HttpConnections {
  /** With the events whose answers they wait for: several where a client sends requests ahead. */
  private readonly open = new Map<Socket, Set<TriggerEvent>>();
  private closing = false;

  /** @param onGone The client of this event does not wait for its answer any more. */
  constructor(
    server: Server,
    private readonly onGone: (event: TriggerEvent) => void,
  ) {
    server.on('connection', (socket: Socket) => this.add(socket));
    server.closeIdleConnections = () => undefined;
  }

  /** To be told of a client that goes away: a listener for each request would cost several times as much. */
  await(socket: Socket, event: TriggerEvent): void {
    if (socket.destroyed) this.onGone(event);
    // One that is not known came to another server: Fastify has one for each address of `localhost`.
    else (this.open.get(socket) ?? this.add(socket)).add(event);
  }

  answered(socket: Socket, event: TriggerEvent): void {
    this.open.get(socket)?.delete(event);
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

  private add(socket: Socket): Set<TriggerEvent> {
    const events = new Set<TriggerEvent>();
    this.open.set(socket, events);
    socket.once('close', () => {
      this.open.delete(socket);
      for (const event of events) this.onGone(event);
    });
    if (this.closing) {
      setTimeout(() => {
        if (!responseOn(socket)) socket.destroy();
      }, LATE_MS);
    }
    return events;
  }
}
