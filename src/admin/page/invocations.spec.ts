import { expect, it } from 'vitest';
import type { LiveEvent } from '../../figures/live-events.js';
import { History } from './history.js';
import { Invocations } from './invocations.js';

const about = { trigger: 'http', type: 'http', attempt: 1, waitedMs: 0 };
const start = (requestId: string, at = 1_000): LiveEvent => ({ kind: 'started', at, requestId, ...about });
const end = (requestId: string, at = 1_500): LiveEvent => ({
  kind: 'settled',
  at,
  requestId,
  ...about,
  outcome: 'succeeded',
  ranMs: 500,
});
const line = (text: string, at: number, requestId?: string): LiveEvent => ({
  kind: 'log',
  at,
  level: 'info',
  text,
  ...(requestId !== undefined && { requestId }),
});

function after(...events: LiveEvent[]): Invocations {
  const invocations = new Invocations();
  for (const event of events) invocations.add(event);
  return invocations;
}

it('shows an invocation once, from its start to its end, and the same id again as another', () => {
  const { all } = after(start('a'), start('b'), end('a'), start('a', 2_000), end('refused'));
  expect(all.map(({ start: { requestId }, end: ended }) => [requestId, ended !== undefined])).toEqual([
    ['refused', true],
    ['a', false],
    ['b', false],
    ['a', true],
  ]);
});

it('keeps the newest three hundred', () => {
  const { all } = after(...Array.from({ length: 400 }, (_, index) => end(`r${index}`)));
  expect([all.length, all[0]?.start.requestId]).toEqual([300, 'r399']);
});

it('gives an invocation the lines that bear its id, and those that nobody claims and that were written meanwhile', () => {
  const invocations = after(
    line('before', 500),
    start('a'),
    line('its own', 1_100, 'a'),
    line('of another', 1_200, 'b'),
    line('of nobody', 1_300),
    end('a'),
    line('long after', 9_000),
  );
  const [found] = invocations.all;
  const { own, others } = invocations.linesOf(found as NonNullable<typeof found>);
  expect(own.map(({ text }) => text)).toEqual(['its own']);
  expect(others.map(({ text }) => text)).toEqual(['of nobody']);
});

it('forgets what runs where nobody will tell what becomes of it', () => {
  const invocations = after(start('a'), end('a'), start('b'));
  invocations.forgetRunning();
  expect(invocations.all.map(({ start: { requestId } }) => requestId)).toEqual(['a']);
});

it('keeps five minutes of figures, of all triggers and of each', () => {
  const history = new History();
  for (let second = 0; second < 400; second++) {
    const sums = { settled: 4, failed: 1 };
    const triggers = second % 2 === 0 ? [{ trigger: 'http', ...sums }] : [];
    history.add({ kind: 'second', at: second * 1_000, triggers, total: sums, leftOut: 0 });
  }
  expect(history.of(undefined)).toHaveLength(300);
  expect(history.of('http').at(-1)).toEqual({ at: 399, sums: { settled: 0, failed: 0 } });
  expect(history.rateOf('http')).toEqual({ perSecond: 2, failedShare: 0.25 });
  expect(history.rateOf('none')).toEqual({ perSecond: 0, failedShare: 0 });
});
