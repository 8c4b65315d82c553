import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { invocationSettled, invocationStarted } from '../invocation/invocation.channel.js';
import {
  type SubRuntimeStateMessage,
  subRuntimeOutput,
  subRuntimeState,
} from '../invocation/sub-runtime/sub-runtime.channel.js';
import { LogConfig } from './log.config.js';
import { loggerOn } from './logger.js';
import { SubRuntimeLog } from './sub-runtime-log.js';

describe('SubRuntimeLog', () => {
  let lines: Record<string, unknown>[];
  let log: SubRuntimeLog;

  beforeEach(() => {
    lines = [];
    const config = Object.assign(new LogConfig(), { format: 'json' });
    log = new SubRuntimeLog(loggerOn({ write: (line) => lines.push(JSON.parse(line)) }, config));
    log.onModuleInit();
  });

  afterEach(() => log.onApplicationShutdown());

  const state = (message: SubRuntimeStateMessage) => subRuntimeState.publish(message);

  const started = (requestId: string) =>
    invocationStarted.publish({ event: { requestId, payload: {}, attempt: 1 }, worker: 0, waitedMs: 0 });
  const settled = (requestId: string, began: boolean) => invocationSettled.publish({ event: { requestId }, began });

  it('section 7: says when a sub-runtime is ready and how long that took', () => {
    state({ worker: 1, state: 'ready', pid: 42, milliseconds: 55 });
    expect(lines).toEqual([
      expect.objectContaining({ level: 'info', context: 'sub-runtime', worker: 1, pid: 42, state: 'ready' }),
    ]);
    expect(lines[0]?.['msg']).toContain('55 ms');
  });

  it.each([
    [{ cause: 'exited', detail: 'ended with exit code 3' }, 'The sub-runtime ended with exit code 3.'],
    [{ cause: 'not-ready', detail: 'The sub-runtime did not listen.' }, 'The sub-runtime did not listen.'],
    [{ cause: 'hung', detail: 'was ended by SIGKILL' }, 'completed nothing for 10 s'],
  ] as const)('section 7: says why a sub-runtime ended and when it starts again: %j', (end, expected) => {
    state({ worker: 0, state: 'backing-off', pid: undefined, milliseconds: 400, ...end });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ level: 'error', cause: end.cause, state: 'backing-off', worker: 0 });
    expect(lines[0]?.['msg']).toContain(expected);
    expect(lines[0]?.['msg']).toContain('starts again in 400 ms');
  });

  it('keeps the other states for debug', () => {
    state({ worker: 0, state: 'starting', pid: 42 });
    state({ worker: 0, state: 'stopping', pid: 42 });
    expect(lines).toEqual([]);
  });

  it.each(['stdout', 'stderr'] as const)('section 7: makes a log line of a line on %s', (stream) => {
    subRuntimeOutput.publish({ worker: 1, stream, line: 'hello' });
    const { time: _time, ...fields } = lines[0] ?? {};
    expect(fields).toEqual({ level: 'info', context: 'function', worker: 1, stream, msg: 'hello' });
  });

  it("section 7: gives the invocation's id and the level of a structured line", () => {
    const line = '{"level":"error","requestId":"r-1","message":"no stock","item":7}';
    started('r-1');
    subRuntimeOutput.publish({ worker: 0, stream: 'stdout', line });
    expect(lines[0]).toMatchObject({ level: 'error', requestId: 'r-1', msg: 'no stock', fields: { item: 7 } });
  });

  it("section 7: gives the invocation's id where a line begins with that of one that began", () => {
    const publish = (line: string) => subRuntimeOutput.publish({ worker: 0, stream: 'stderr', line });
    started('r-2');
    publish('[r-2] no stock');
    publish('[INFO] no stock');
    expect(lines).toMatchObject([{ requestId: 'r-2', msg: 'no stock' }, { msg: '[INFO] no stock' }]);
    expect(lines[1]).not.toHaveProperty('requestId');
  });

  it('section 7: knows an invocation that has ended, and none that never began', () => {
    started('r-3');
    settled('r-3', true);
    settled('r-4', false);
    for (const id of ['r-3', 'r-4']) subRuntimeOutput.publish({ worker: 0, stream: 'stdout', line: `[${id}] late` });
    expect(lines).toMatchObject([{ requestId: 'r-3', msg: 'late' }, { msg: '[r-4] late' }]);
  });

  it('listens no more after the end', () => {
    log.onApplicationShutdown();
    for (const channel of [subRuntimeState, subRuntimeOutput, invocationStarted, invocationSettled]) {
      expect(channel.hasSubscribers).toBe(false);
    }
  });
});
