import { describe, expect, it } from 'vitest';
import type { LiveEvent } from '../figures/live-events.js';
import { LiveStream } from './live-stream.js';

const line: LiveEvent = { kind: 'log', at: 1, level: 'info', text: 'x'.repeat(1_000) };
const second: LiveEvent = { kind: 'second', at: 2, triggers: [], leftOut: 0 };

function read(stream: LiveStream): { kind: string; count?: number }[] {
  const text = String(stream.read() ?? '');
  return text
    .split('\n')
    .filter(Boolean)
    .map((json) => JSON.parse(json) as { kind: string });
}

describe('LiveStream', () => {
  it('section 10: begins at once, for whoever waits for the head of the answer', () => {
    expect(read(new LiveStream())).toEqual([{ kind: 'open', at: expect.any(Number) as number }]);
  });

  it('section 10: leaves out what a slow reader does not take, and says how much that was', () => {
    const stream = new LiveStream();
    for (let index = 0; index < 1_000; index++) stream.tell(line);
    const before = read(stream);
    expect(before.length).toBeLessThan(100);
    stream.tell(second);
    expect(read(stream)).toEqual([{ kind: 'skipped', at: 2, count: 1_001 - before.length }, second]);
  });

  it('section 10: takes nothing more once it ends, also while its reader has not got all', () => {
    const stream = new LiveStream();
    stream.on('error', () => expect.unreachable());
    stream.end();
    stream.tell(line);
    expect(read(stream)).toHaveLength(1);
  });

  it('section 10: cuts off a reader who takes nothing for half a minute', () => {
    const stream = new LiveStream();
    for (let index = 0; index < 100; index++) stream.tell(line);
    for (let index = 0; index < 29; index++) stream.tell(second);
    expect(stream.destroyed).toBe(false);
    stream.tell(second);
    expect(stream.destroyed).toBe(true);
    stream.tell(second);
  });
});
