import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bodyText, succeeded, threw } from '../../src/conformance/expectations.js';
import { ROOT } from '../support/start-host.js';
import { folderWith, PYTHON, startHandler, startSubRuntime } from '../support/sub-runtime.js';

const BRIDGE = join(ROOT, 'runtimes/python3/index.py');

/** Starts a handler of these lines. */
const startPython = (...lines: string[]) => startSubRuntime({ 'handler.py': lines.join('\n') });

describe('runtimes/python3: threads and the loop', () => {
  const blocking = [
    `import asyncio, threading`,
    `released = threading.Event()`,
    `def wait(event, context):`,
    `    print("waiting")`,
    `    released.wait()`,
    `    return "waited"`,
    `async def release(event, context):`,
    `    await asyncio.sleep(0)`,
    `    released.set()`,
    `    return "released"`,
  ];

  it.each(['wait', 'release'])(
    'section 7: a plain function blocks nothing else, where %s is the handler',
    async (name) => {
      const sources = { 'handler.py': blocking.join('\n') };
      const subRuntime = await startSubRuntime(sources, { environment: { SCW_HANDLER_NAME: name } });
      const waiting = subRuntime.invoke('wait', {});
      await subRuntime.untilPrinted('waiting');
      expect(bodyText(succeeded(await subRuntime.invoke('release', {})))).toBe('released');
      expect(bodyText(succeeded(await waiting))).toBe('waited');
    },
  );

  it('section 7: async functions share one loop, where a plain function is the handler, too', async () => {
    const subRuntime = await startPython(
      `import asyncio`,
      `loops = set()`,
      `def handle(event, context): return len(loops)`,
      `async def note(event, context):`,
      `    loops.add(id(asyncio.get_running_loop()))`,
      `    await asyncio.sleep(0.01)`,
    );
    await Promise.all([subRuntime.invoke('note', {}), subRuntime.invoke('note', {})]);
    expect(bodyText(succeeded(await subRuntime.invoke('handle', {})))).toBe('1');
  });

  it('section 7: asyncio, half of a cold start, is imported for async handlers alone', async () => {
    const subRuntime = await startPython(`import sys`, `def handle(event, context): return "asyncio" in sys.modules`);
    expect(bodyText(succeeded(await subRuntime.invoke('handle', {})))).toBe('false');
  });

  it('section 7: the handler is imported by the main thread, before it is asked for', async () => {
    const subRuntime = await startPython(
      `import threading`,
      `imported_by = threading.current_thread()`,
      `print("loaded")`,
      `def handle(event, context): return imported_by is threading.main_thread()`,
    );
    await subRuntime.untilPrinted('loaded');
    expect(bodyText(succeeded(await subRuntime.invoke('handle', {})))).toBe('true');
  });
});

describe('runtimes/python3: what a handler may return', () => {
  it('section 4: None is an empty answer, tuples and numbers are JSON', async () => {
    const subRuntime = await startPython(
      `values = {"nothing": None, "tuple": (1, "two"), "float": 1.5, "flag": False, "keys": {1: "one"}}`,
      `def handle(event, context): return values[event]`,
    );
    const answers = ['nothing', 'tuple', 'float', 'flag', 'keys'].map(async (name) =>
      bodyText(succeeded(await subRuntime.invoke('handle', name))),
    );
    expect(await Promise.all(answers)).toEqual(['', '[1,"two"]', '1.5', 'false', '{"1":"one"}']);
  });

  it('section 4: half of a surrogate pair does no harm', async () => {
    const subRuntime = await startPython(`def handle(event, context): return {"lone": "\\ud800", "other": "ü"}`);
    const text = bodyText(succeeded(await subRuntime.invoke('handle', {})));
    expect(JSON.parse(text)).toEqual({ lone: '\ud800', other: 'ü' });
  });

  it('section 4: what cannot be JSON is an error that says so', async () => {
    const subRuntime = await startPython(
      `def a_set(event, context): return {"ids": {1, 2}}`,
      `def not_a_number(event, context): return {"n": float("nan")}`,
      `def cycle(event, context):`,
      `    value = {}`,
      `    value["value"] = value`,
      `    return value`,
    );
    expect(threw(await subRuntime.invoke('a_set', {}))).toMatch(
      /cannot be sent as JSON: .*set is not JSON serializable/,
    );
    expect(threw(await subRuntime.invoke('not_a_number', {}))).toMatch(/cannot be sent as JSON: .*float/);
    expect(threw(await subRuntime.invoke('cycle', {}))).toMatch(/cannot be sent as JSON: Circular reference/);
  });

  it('section 4: an exception whose text says little bears its name, and sys.exit() ends its invocation alone', async () => {
    const subRuntime = await startPython(
      `import sys`,
      `def key(event, context): return {}["name"]`,
      `def unnamed(event, context): raise ValueError()`,
      `def leave(event, context): sys.exit(3)`,
    );
    expect(threw(await subRuntime.invoke('key', {}))).toBe("KeyError: 'name'");
    expect(threw(await subRuntime.invoke('unnamed', {}))).toBe('ValueError');
    expect(threw(await subRuntime.invoke('leave', {}))).toBe('SystemExit: 3');
    expect(subRuntime.isAlive).toBe(true);
  });
});

describe('runtimes/python3: how a handler is found', () => {
  it('section 1: the extension may be left out', async () => {
    const sources = { 'handler.py': `def handle(event, context): return "found"` };
    const subRuntime = await startSubRuntime(sources, { handler: 'handler' });
    expect(bodyText(succeeded(await subRuntime.invoke('handle', {})))).toBe('found');
  });

  it('section 1: a handler imports what lies beside it, and relatively where it is in a package', async () => {
    const sources = {
      'app/functions/handler.py': `from .texts import greeting\nfrom ..names import name\nimport beside\ndef handle(event, context): return [greeting, name, beside.text]`,
      'app/functions/texts.py': `greeting = "hello"`,
      'app/functions/beside.py': `text = "beside"`,
      'app/functions/__init__.py': ``,
      'app/names.py': `name = "Ada"`,
      'app/__init__.py': ``,
    };
    const subRuntime = await startSubRuntime(sources);
    expect(bodyText(succeeded(await subRuntime.invoke('handle', {})))).toBe('["hello","Ada","beside"]');
  });

  it('section 1: a package may be the handler', async () => {
    const sources = {
      'package/__init__.py': `from .inner import text\ndef handle(event, context): return text`,
      'package/inner.py': `text = "from inside"`,
    };
    const subRuntime = await startSubRuntime(sources, { handler: 'package/__init__.py' });
    const handlerPath = join(folderWith(sources), 'package');
    expect(bodyText(succeeded(await subRuntime.invoke('handle', {}, { handlerPath })))).toBe('from inside');
  });

  it('section 1: a handler may be named like a module of the standard library, and hides none', async () => {
    const sources = {
      'calendar.py': `import email, calendar\ndef handle(event, context): return [calendar.MONDAY, "@" in email.__file__]`,
      'email.py': `raise RuntimeError("this is not the standard library's")`,
    };
    const subRuntime = await startSubRuntime(sources);
    expect(bodyText(succeeded(await subRuntime.invoke('handle', {})))).toBe('[0,false]');
  });

  it('section 4: a missing function is an error that names those that there are', async () => {
    const subRuntime = await startPython(
      `from json import dumps`,
      `def first(event, context): pass`,
      `class Second: pass`,
      `_hidden = lambda event, context: None`,
    );
    expect(threw(await subRuntime.invoke('handle', {}))).toMatch(/has no function "handle"; it has first, Second$/);
  });

  it('section 4: an error of import is told to each invocation, and to stderr at start', async () => {
    const subRuntime = await startPython(`import no_such_module`);
    await subRuntime.untilPrinted('cannot load handler');
    const expected = /^cannot load handler .*handler\.py: ModuleNotFoundError: No module named 'no_such_module'$/;
    for (const _attempt of [1, 2]) expect(threw(await subRuntime.invoke('handle', {}))).toMatch(expected);
  });

  it('section 4: a syntax error says where', async () => {
    const subRuntime = await startPython(`x = 1`, `def handle(:`);
    expect(threw(await subRuntime.invoke('handle', {}))).toMatch(/SyntaxError: .*handler\.py, line 2/);
  });

  it('section 4: a handler that was not there may be there the next time', async () => {
    const subRuntime = await startPython(`def handle(event, context): pass`);
    const handlerPath = join(folderWith({}), 'late.py');
    expect(threw(await subRuntime.invoke('handle', {}, { handlerPath }))).toMatch(/there is no such file/);
    writeFileSync(handlerPath, `def handle(event, context): return "here"`);
    expect(bodyText(succeeded(await subRuntime.invoke('handle', {}, { handlerPath })))).toBe('here');
  });
});

describe('runtimes/python3: its life', () => {
  it('section 7: a traceback goes to stderr as one record with the id of the invocation, and begins in the handler', async () => {
    const subRuntime = await startPython(`def handle(event, context):`, `    raise RuntimeError("with a traceback")`);
    expect(threw(await subRuntime.invoke('handle', {}, { requestId: 'r-42' }))).toBe('with a traceback');
    await subRuntime.untilPrinted('RuntimeError: with a traceback');
    expect(subRuntime.output).toHaveLength(1);
    const record = JSON.parse(subRuntime.output[0]?.replace(/^\[r-42\] /, '') ?? '') as unknown;
    const message = expect.stringMatching(
      /^Traceback .*\n.*handler\.py", line 2(.*\n)+RuntimeError: with a traceback$/,
    ) as unknown;
    expect(record).toEqual({ level: 'error', message });
  });

  it('section 7: what is printed may have any characters, whatever the locale', async () => {
    const sources = { 'handler.py': `def handle(event, context): print("Größe 😀 \\ud800")` };
    const environment = { LC_ALL: 'C', PYTHONCOERCECLOCALE: '0', PYTHONUTF8: '0' };
    const subRuntime = await startSubRuntime(sources, { environment });
    succeeded(await subRuntime.invoke('handle', {}));
    await subRuntime.untilPrinted('Größe 😀 \\ud800');
  });

  it('section 7: stdout stays open where a handler wraps it and forgets the wrapper', async () => {
    const subRuntime = await startPython(
      `import io, sys`,
      `def handle(event, context):`,
      `    io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8").write("wrapped\\n")`,
      `    print("printed")`,
    );
    for (const requestId of ['r-1', 'r-2']) succeeded(await subRuntime.invoke('handle', {}, { requestId }));
    await subRuntime.untilPrinted('[r-2] printed');
    expect(subRuntime.output).toEqual(['[r-1] wrapped', '[r-1] printed', '[r-2] wrapped', '[r-2] printed']);
  });

  it('section 7: what a handler left running does not keep it from ending; what it registered for the end runs', async () => {
    const subRuntime = await startPython(
      `import atexit, threading`,
      `threading.Thread(target=threading.Event().wait).start()`,
      `atexit.register(print, "registered")`,
      `def handle(event, context): pass`,
    );
    succeeded(await subRuntime.invoke('handle', {}));
    subRuntime.terminate();
    expect(await subRuntime.exited).toMatchObject({ code: 0 });
    await subRuntime.untilPrinted('registered');
  });

  it.each(['def', 'async def'])('section 7: without a socket it listens on the port of loopback (%s)', async (def) => {
    const path = join(folderWith({ 'h.py': `${def} handle(event, context): return "over TCP"` }), 'h.py');
    const withoutSocket = ['sh', '-c', 'unset SCW_UPSTREAM_SOCKET; exec "$@"', 'sh', PYTHON, BRIDGE] as const;
    const subRuntime = await startHandler(path, {}, withoutSocket);
    expect(subRuntime.upstream).toMatchObject({ host: '127.0.0.1' });
    expect(bodyText(succeeded(await subRuntime.invoke('handle', {})))).toBe('over TCP');
  });

  it.each(['def', 'async def'])(
    'section 7: requests that come at once on a connection are answered in turn (%s)',
    async (def) => {
      const subRuntime = await startPython(`${def} handle(event, context): return event`);
      const request = (event: string) => {
        const { body } = subRuntime.request('handle', event);
        return `POST / HTTP/1.1\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
      };
      const connection = await subRuntime.connect();
      await connection.write(`${request('first')}${request('second')}${request('third').slice(0, 60)}`);
      expect((await connection.response()).body).toBe('first');
      expect((await connection.response()).body).toBe('second');
      await connection.write(request('third').slice(60));
      expect((await connection.response()).body).toBe('third');
      connection.close();
    },
  );

  it.each(['def', 'async def'])(
    'section 7: what is no invocation, and no HTTP, is refused and does no harm (%s)',
    async (def) => {
      const subRuntime = await startPython(`${def} handle(event, context): return "unharmed"`);
      const refused = async (bytes: string) => {
        const connection = await subRuntime.connect();
        await connection.write(bytes);
        const { statusCode } = await connection.response();
        connection.close();
        return statusCode;
      };
      expect(await refused('POST / HTTP/1.1\r\ncontent-length: 1\r\n\r\n{')).toBe(400);
      expect(await refused('POST / HTTP/1.1\r\ncontent-length: 4\r\n\r\nnull')).toBe(400);
      expect(await refused('\x16\x03\x01 hello\r\n\r\n')).toBe(400);
      expect(await refused('POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nx\r\n')).toBe(400);
      expect(await refused('POST / HTTP/1.1\r\ncontent-length: 999999999999\r\n\r\n')).toBe(413);
      expect(await refused(`POST / HTTP/1.1\r\nx: ${'x'.repeat(70_000)}`)).toBe(431);
      expect(bodyText(succeeded(await subRuntime.invoke('handle', {})))).toBe('unharmed');
    },
  );
});
