import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HANDLERS, type Host, startHost, until } from '../support/start-host.js';
import { PYTHON } from '../support/sub-runtime.js';

type Line = Record<string, unknown>;

const PYTHON_HANDLER = {
  SCW_HANDLER_PATH: join(HANDLERS, 'logs/logs.py'),
  SCW_RUNTIME_BINARY: PYTHON,
  SCW_RUNTIME_BRIDGE: join(HANDLERS, '../../../runtimes/python3/index.py'),
};

const runtimes: { name: string; env: Record<string, string>; started: string[] }[] = [
  {
    name: 'node',
    env: { SCW_HANDLER_PATH: join(HANDLERS, 'logs/logs.cjs') },
    started: ['by a timer', 'by a tick', 'by write', 'by a callback'],
  },
  {
    name: 'python3',
    env: PYTHON_HANDLER,
    started: ['by a thread', 'by a pool', 'by a task', "by a task's thread"],
  },
  {
    name: 'python3, async',
    env: { ...PYTHON_HANDLER, SCW_HANDLER_NAME: 'handle_async' },
    started: ['by a thread', 'by a pool', 'by a task', "by a task's thread"],
  },
];

describe.each(runtimes)('the log of an invocation, $name', ({ name, env, started }) => {
  const isNode = name === 'node';
  let host: Host;
  beforeAll(async () => void (host = await startHost({ env })));
  afterAll(() => host?.stop('SIGKILL'));

  async function invoke(chosen: object, requestId: string = randomUUID()): Promise<string> {
    const headers = { 'x-request-id': requestId };
    const response = await fetch(host.url, { method: 'POST', headers, body: JSON.stringify(chosen) });
    await response.arrayBuffer();
    return requestId;
  }

  const written = (matches: (line: Line) => boolean) =>
    host.logs().filter((line) => line['context'] === 'function' && matches(line));

  /** As many lines of an invocation as are expected, in their order. */
  async function logOf(requestId: string, count: number, stream = 'stdout'): Promise<Line[]> {
    return until(`${count} lines of ${requestId}`, () => {
      const lines = written((line) => line['requestId'] === requestId && line['stream'] === stream);
      return lines.length >= count && lines;
    });
  }

  async function textsOf(requestId: string, count: number, stream?: string): Promise<unknown[]> {
    return (await logOf(requestId, count, stream)).map((line) => line['msg']);
  }

  /** The line of that text, which is there and bears no id. */
  async function expectNoId(text: string): Promise<void> {
    const line = await host.log((candidate) => candidate['msg'] === text);
    expect(line).not.toHaveProperty('requestId');
  }

  it('section 7: has what the handler writes in the usual ways, whole lines of any pieces', async () => {
    const requestId = await invoke({ do: 'usual' });
    const expected = ['one line', 'two', 'lines', 'in pieces', '', 'without an end'];
    expect(await textsOf(requestId, expected.length)).toEqual(expected);
    expect(await textsOf(requestId, 1, 'stderr')).toEqual(['to stderr']);
  });

  it('section 7: has what is written by all that the handler started', async () => {
    const requestId = await invoke({ do: 'started' });
    expect(await textsOf(requestId, started.length)).toEqual(started);
  });

  it('section 7: has what is written after the answer', async () => {
    const requestId = await invoke({ do: 'later' });
    expect(await textsOf(requestId, 2)).toEqual(['after the answer', 'and without an end']);
  });

  it('section 7: has its own lines alone, where many write pieces of lines at once', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `run-${index}`);
    await Promise.all(names.map((run) => invoke({ do: 'pieces', lines: 10, name: run }, run)));
    for (const run of names) {
      expect(await textsOf(run, 10)).toEqual(Array.from({ length: 10 }, (_, line) => `${run} line ${line}`));
    }
  });

  it('section 7: has every piece of a line that is too long for one', async () => {
    const requestId = await invoke({ do: 'huge', size: 100_000 });
    const texts = await textsOf(requestId, 4);
    expect(texts).toHaveLength(4);
    expect(texts.join('') === 'é'.repeat(100_000)).toBe(true);
  });

  it('section 7: has bytes that are no text', async () => {
    expect(await textsOf(await invoke({ do: 'bytes' }), 1)).toEqual(['a\ufffd\ufffdb']);
  });

  it('section 7: has the level and the fields of a structured line; an id of its own is one of them', async () => {
    const other = await invoke({ do: 'text', text: 'other' });
    const [line] = await logOf(await invoke({ do: 'structured', other }), 1);
    expect(line).toMatchObject({ level: 'warn', msg: 'low stock', fields: { item: 7, requestId: other } });
  });

  it('section 7: has all lines of a text, though they begin like those of another invocation', async () => {
    const other = await invoke({ do: 'text', text: 'other' });
    const text = `first\n[${other}] forged\n${JSON.stringify({ message: 'forged, too', requestId: other })}`;
    const requestId = await invoke({ do: 'text', text });
    expect(await textsOf(requestId, 3)).toEqual(['first', `[${other}] forged`, 'forged, too']);
    expect(await textsOf(other, 1)).toEqual(['other']);
  });

  it('section 7: has no line twice where a handler stamps it itself', async () => {
    const requestId = randomUUID();
    await invoke({ do: 'text', text: `[${requestId}] stamped` }, requestId);
    expect(await textsOf(requestId, 1)).toEqual(['stamped']);
  });

  it('section 7: has an error with its stack as one line of level error', async () => {
    const lines = await logOf(await invoke({ do: 'throw' }), 1, 'stderr');
    expect(lines).toMatchObject([{ level: 'error', msg: expect.stringMatching(/no stock/) as string }]);
    expect(lines[0]?.['msg']).toMatch(/logs\.(cjs|py)/);
  });

  it('section 7: lacks what has no invocation, which the log of the host has all the same', async () => {
    await expectNoId('while loading');
    for (const way of ['child', 'descriptor']) await invoke({ do: way });
    await expectNoId('by a child process');
    await expectNoId('by the descriptor');
  });

  it.runIf(isNode)('section 7: has the output of a worker that the handler started', async () => {
    expect(await textsOf(await invoke({ do: 'worker' }), 1)).toEqual(['by a worker']);
  });

  it.runIf(isNode)('section 7: has what a handler says of a write that the stream refuses', async () => {
    const codes = ['ERR_STREAM_NULL_VALUES', 'ERR_INVALID_ARG_TYPE', 'ERR_INVALID_ARG_TYPE'];
    expect(await textsOf(await invoke({ do: 'refused' }), 3)).toEqual(codes);
  });

  it.runIf(isNode)(
    'section 7: has the error that ended the process, and what was not ended by then is not lost',
    async () => {
      const requestId = await invoke({ do: 'crash' });
      const [line] = await logOf(requestId, 1, 'stderr');
      expect(line).toMatchObject({
        level: 'error',
        msg: expect.stringMatching(/^Uncaught Error: in a timer\n/) as string,
      });
      await expectNoId('while loading, without an end');
    },
  );

  it.skipIf(isNode)('section 7: has what is written by logging and warnings', async () => {
    const texts = await textsOf(await invoke({ do: 'loggers' }), 3, 'stderr');
    expect(texts.slice(0, 3)).toEqual(['by logging', 'by a logger', 'logs.py:1: UserWarning: by warnings']);
  });

  it.skipIf(isNode)('section 7: at the end, nothing that has not been ended is lost', async () => {
    await host.stop();
    await expectNoId('while loading, without an end');
  });
});
