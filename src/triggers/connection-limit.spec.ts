import { describe, expect, it } from 'vitest';
import { roomForClients, roomForOperators } from './connection-limit.js';

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
