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
  invocations.lookAt(found as NonNullable<typeof found>);
  const { own = [], others = [], isCut } = invocations.lookedAt?.log ?? {};
  expect(own.map(({ text }) => text)).toEqual(['its own']);
  expect(others.map(({ text }) => text)).toEqual(['of nobody']);
  expect(isCut).toBe(false);
});

it('keeps the one that is looked at, with its log and its end, however much comes after it', () => {
  const invocations = after(start('a'), line('its own', 1_100, 'a'));
  const [found] = invocations.all;
  invocations.lookAt(found as NonNullable<typeof found>);
  for (let count = 0; count < 5_000; count++) invocations.add(line('of another', 1_200, 'b'));
  for (let count = 0; count < 1_000; count++) invocations.add(end(`r${count}`));
  invocations.add(line('its last', 1_400, 'a'));
  invocations.add(end('a'));
  expect(invocations.all).not.toContain(found);
  expect(invocations.lookedAt?.invocation.end?.outcome).toBe('succeeded');
  expect(invocations.lookedAt?.log.own.map(({ text }) => text)).toEqual(['its own', 'its last']);
});

it('says that lines are not kept any more where an invocation is looked at too late', () => {
  const invocations = after(start('a'), line('its own', 1_100, 'a'), end('a'));
  const [found] = invocations.all;
  for (let count = 0; count < 2_000; count++) invocations.add(line('of another', 1_600, 'b'));
  invocations.lookAt(found as NonNullable<typeof found>);
  expect(invocations.lookedAt?.log).toEqual({ own: [], others: [], isCut: true });
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

it('fills the seconds that it has not seen with what the host remembers, spread evenly', () => {
  const history = new History();
  history.add({ kind: 'second', at: 101_000, triggers: [], total: { settled: 7, failed: 0 }, leftOut: 0 });
  const sums = { settled: 20, failed: 5, p50Ms: 3, p99Ms: 4 };
  history.addPast([{ at: 102_000, seconds: 5, triggers: [{ trigger: 'http', ...sums }], total: sums }]);
  expect(history.seenSince).toBe(101);
  expect(history.of(undefined).map(({ at, sums: { settled } }) => [at, settled])).toEqual([
    [98, 4],
    [99, 4],
    [100, 4],
    [101, 7],
    [102, 4],
  ]);
  expect(history.of('http')[0]?.sums).toMatchObject({ settled: 4, failed: 1, p99Ms: 4 });
  history.add({ kind: 'second', at: 102_000, triggers: [], leftOut: 0 });
  expect(history.of(undefined).at(-1)).toEqual({ at: 102, sums: { settled: 0, failed: 0 } });
  expect(history.of(undefined)).toHaveLength(5);
});
