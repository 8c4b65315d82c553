import { EventEmitter } from 'node:events';
import type { Server } from 'node:http';
import type { Logger } from '@nestjs/common';
import { describe, expect, it, vi } from 'vitest';
import { limitConnections, roomForClients, roomForOperators } from './connection-limit.js';

describe('roomForClients', () => {
  it.each([
    [1_024, 80, 752],
    [1_048_576, 80, 1_047_920],
    [1_024, 5_000, 512],
    [100, 80, 50],
    [Number.POSITIVE_INFINITY, 80, Number.POSITIVE_INFINITY],
  ])('of %d descriptors, with %d invocations at once, is %d', (limit, maxInFlight, room) => {
    expect(roomForClients(maxInFlight, limit)).toBe(room);
  });

  it.each([
    [100, 12],
    [1_024, 128],
    [Number.POSITIVE_INFINITY, 512],
  ])('leaves operators of %d descriptors %d', (limit, room) => {
    expect(roomForOperators(limit)).toBe(room);
  });
});

describe('limitConnections', () => {
  it('says that accepting failed, and lets all other errors be', () => {
    const server = new EventEmitter() as Server;
    const error = vi.fn();
    limitConnections(server, Number.POSITIVE_INFINITY, { error } as unknown as Logger);
    expect(server.maxConnections).toBeUndefined();
    server.emit('error', Object.assign(new Error('listen EADDRINUSE'), { syscall: 'listen' }));
    expect(error).not.toHaveBeenCalled();
    server.emit('error', Object.assign(new Error('accept ENFILE'), { syscall: 'accept' }));
    server.emit('error', Object.assign(new Error('accept ENFILE'), { syscall: 'accept' }));
    expect(error.mock.calls).toEqual([['Connections that were refused: 1; accept ENFILE']]);
  });
});
