import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ExportTrouble } from './export-trouble.js';
import type { SendResult } from './otlp-sender.js';
import type { Span } from './span.js';
import { SpanQueue } from './span-queue.js';

const TAKEN: SendResult = { kind: 'taken', rejected: 0 };
const FAILED: SendResult = { kind: 'failed', problem: 'refused', retryAfterMs: undefined };
const span: Span = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  parentSpanId: '',
  traceState: '',
  triggerName: 'http',
  triggerType: 'http',
  requestId: 'r',
  attempt: 1,
  end: { outcome: 'succeeded', status: 200, error: undefined, errorType: undefined },
  arrivedAt: 0,
  dispatchedAt: 0,
  endedAt: 1,
};

let batches: number[];
let answers: (SendResult | Promise<SendResult>)[];
let lines: string[];
let abort: () => void;

function newQueue(settings: { maxQueueSize?: number; maxBatchSize?: number; delayMs?: number } = {}) {
  const logger = { warn: (line: string) => lines.push(line), log: (line: string) => lines.push(line) };
  const sender = {
    send: (body: string) => {
      batches.push(body.split('"spanId"').length - 1);
      return Promise.resolve(answers.shift() ?? TAKEN);
    },
    abort: () => abort(),
  };
  const all = { maxQueueSize: 10, maxBatchSize: 3, delayMs: 100, resource: {}, ...settings };
  return new SpanQueue(all, sender, new ExportTrouble({ shown: 'http://c', variable: 'OTEL_X' }, logger));
}

const add = (queue: SpanQueue, count: number) => {
  for (let n = 1; n <= count; n++) queue.add(span);
};

describe('spans on their way to the collector', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    [batches, answers, lines] = [[], [], []];
    abort = () => undefined;
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it('wait for others, for as long as it was said', async () => {
    const queue = newQueue();
    add(queue, 2);
    await vi.advanceTimersByTimeAsync(99);
    expect(batches).toEqual([]);
    await vi.advanceTimersByTimeAsync(2);
    expect([batches, queue.exported]).toEqual([[2], 2]);
    add(queue, 1);
    await vi.advanceTimersByTimeAsync(101);
    expect(batches).toEqual([2, 1]);
  });

  it('wait for nothing where a batch is full, and are sent one batch after the other', async () => {
    const queue = newQueue();
    let take: (result: SendResult) => void = () => undefined;
    answers.push(new Promise((resolve) => (take = resolve)));
    add(queue, 3);
    await vi.advanceTimersByTimeAsync(1);
    add(queue, 7);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(batches).toEqual([3]);
    take(TAKEN);
    await vi.advanceTimersByTimeAsync(1);
    expect(batches).toEqual([3, 3, 3, 1]);
  });

  it('are lost where the queue is full, the newest; it is said once, and when it is over', async () => {
    const queue = newQueue({ delayMs: 1_000 });
    let take: (result: SendResult) => void = () => undefined;
    answers.push(new Promise((resolve) => (take = resolve)));
    add(queue, 3);
    await vi.advanceTimersByTimeAsync(1);
    add(queue, 20);
    expect(queue.dropped).toEqual({ 'queue full': 10, refused: 0, unreachable: 0 });
    expect(lines).toEqual([expect.stringContaining('OTEL_X')]);
    take(TAKEN);
    await vi.advanceTimersByTimeAsync(1);
    expect(lines.slice(1)).toEqual(['Spans are exported again; 10 were lost']);
    expect(queue.exported).toBe(13);
  });

  it('are tried again after 1, 2, 4 and 8 s, and then lost', async () => {
    const queue = newQueue();
    answers.push(...Array.from({ length: 5 }, () => FAILED));
    add(queue, 3);
    await vi.advanceTimersByTimeAsync(1);
    for (const [index, seconds] of [1, 2, 4, 8].entries()) {
      expect(batches).toHaveLength(index + 1);
      await vi.advanceTimersByTimeAsync(seconds * 1_000 - 10);
      expect(batches).toHaveLength(index + 1);
      await vi.advanceTimersByTimeAsync(10);
    }
    expect(batches).toHaveLength(5);
    expect([queue.dropped.unreachable, lines.length]).toEqual([3, 1]);
    add(queue, 3);
    await vi.advanceTimersByTimeAsync(1);
    expect([queue.exported, lines.length]).toEqual([3, 2]);
  });

  it('wait as long as Retry-After says', async () => {
    const queue = newQueue();
    answers.push({ kind: 'failed', problem: 'busy', retryAfterMs: 30_000 });
    add(queue, 3);
    await vi.advanceTimersByTimeAsync(29_999);
    expect(batches).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(2);
    expect([batches.length, queue.exported]).toEqual([2, 3]);
  });

  it('are lost at once where the collector would refuse them again, and as many as it says of a batch', async () => {
    const queue = newQueue();
    answers.push({ kind: 'refused', status: 400 }, { kind: 'taken', rejected: 2 }, { kind: 'taken', rejected: 1e9 });
    add(queue, 9);
    await vi.advanceTimersByTimeAsync(1);
    expect([batches, queue.dropped.refused, queue.exported]).toEqual([[3, 3, 3], 8, 1]);
  });

  it('are sent at the end, without the pause before another try', async () => {
    const queue = newQueue();
    answers.push(FAILED);
    add(queue, 4);
    await vi.advanceTimersByTimeAsync(1);
    await Promise.all([queue.end(1_000), vi.advanceTimersByTimeAsync(1)]);
    expect([batches, queue.exported]).toEqual([[3, 3, 1], 4]);
  });

  it('are given up at the end where a collector does not answer in time', async () => {
    const queue = newQueue();
    answers.push(new Promise((resolve) => (abort = () => resolve(FAILED))));
    add(queue, 10);
    const ended = vi.fn();
    void queue.end(1_000).then(ended);
    await vi.advanceTimersByTimeAsync(999);
    expect(ended).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(ended).toHaveBeenCalledOnce();
    expect([batches, queue.dropped.unreachable]).toEqual([[3], 10]);
  });

  it('end at once where there are none', async () => {
    await Promise.all([newQueue().end(1_000), vi.advanceTimersByTimeAsync(0)]);
    expect(batches).toEqual([]);
  });
});
