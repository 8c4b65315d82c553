import { EventEmitter } from 'node:events';
import type { Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HttpConnections } from './http.connections.js';

const PATIENCE_MS = 1_000;

/** A connection as Node shows it: what was written, what waits in Node, and what waits in the operating system's hands. */
class FakeSocket extends EventEmitter {
  bytesWritten = 0;
  writableLength = 0;
  _handle = { writeQueueSize: 0 };
  destroyed = false;

  resetAndDestroy(): void {
    this.destroyed = true;
    this.emit('close');
  }

  /** As an answer of which only a part fits into the operating system's own memory. */
  write(bytes: number, left = bytes): void {
    this.bytesWritten += bytes;
    this.writableLength += bytes;
    this._handle.writeQueueSize = left;
  }

  complete(bytes: number): void {
    this.writableLength -= bytes;
    this._handle.writeQueueSize = this.writableLength;
  }
}

function connected(): FakeSocket {
  const server = new EventEmitter();
  new HttpConnections(server as Server, PATIENCE_MS);
  const socket = new FakeSocket();
  server.emit('connection', socket);
  return socket;
}

describe('section 5: a client that does not read', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is given up when it has taken nothing of its answer for the time of a request', () => {
    const socket = connected();
    vi.advanceTimersByTime(10 * PATIENCE_MS);
    socket.write(1_000_000);
    vi.advanceTimersByTime(PATIENCE_MS);
    expect(socket.destroyed).toBe(false);
    vi.advanceTimersByTime(PATIENCE_MS);
    expect(socket.destroyed).toBe(true);
  });

  it('is served for as long as it takes something now and then', () => {
    const socket = connected();
    socket.write(1_000_000);
    for (let left = 999_999; left > 999_980; left--) {
      vi.advanceTimersByTime(0.7 * PATIENCE_MS);
      socket._handle.writeQueueSize = left;
    }
    expect(socket.destroyed).toBe(false);
  });

  it('is told from one that takes answers which are all of one size', () => {
    const socket = connected();
    socket.write(100);
    for (let answers = 0; answers < 20; answers++) {
      vi.advanceTimersByTime(0.7 * PATIENCE_MS);
      socket.write(100);
      socket.complete(100);
    }
    expect(socket.destroyed).toBe(false);
  });

  it('has not taken what was only written behind the rest', () => {
    const socket = connected();
    socket.write(100);
    for (let answers = 0; answers < 4; answers++) {
      vi.advanceTimersByTime(0.5 * PATIENCE_MS);
      socket.write(100, 100);
    }
    expect(socket.destroyed).toBe(true);
  });

  it('has no less time where the clock is set', () => {
    const socket = connected();
    socket.write(1_000_000);
    vi.advanceTimersByTime(0.5 * PATIENCE_MS);
    vi.setSystemTime(Date.now() + 100 * PATIENCE_MS);
    vi.advanceTimersByTime(0.3 * PATIENCE_MS);
    expect(socket.destroyed).toBe(false);
  });

  it('is not one for whom nothing waits', () => {
    const socket = connected();
    socket.write(100);
    socket.complete(100);
    vi.advanceTimersByTime(100 * PATIENCE_MS);
    expect(socket.destroyed).toBe(false);
  });
});
