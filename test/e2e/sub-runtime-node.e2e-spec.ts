import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bodyText, headerValues, succeeded, threw } from '../../src/conformance/expectations.js';
import { freePort, ROOT } from '../support/start-host.js';
import { folderWith, RUNS_TYPESCRIPT, startHandler, startSubRuntime } from '../support/sub-runtime.js';

const BRIDGE = join(ROOT, 'runtimes/node/index.mjs');

/** Starts a CommonJS handler of these lines. */
const startCommonJs = (...lines: string[]) => startSubRuntime({ 'handler.cjs': lines.join('\n') });

describe('runtimes/node: what a handler may return', () => {
  it('section 4: a handler with a callback is answered by it, whenever it is called', async () => {
    const subRuntime = await startCommonJs(
      `exports.later = (event, context, callback) => { setTimeout(() => callback(null, 'later'), 5); };`,
      `exports.returned = (event, context, callback) => callback(undefined, { statusCode: 201, body: 'returned' });`,
      `exports.refused = (event, context, callback) => { setTimeout(() => callback(new Error('no luck')), 5); };`,
      `exports.text = (event, context, callback) => { callback('only text'); };`,
    );
    expect(bodyText(succeeded(await subRuntime.invoke('later', {})))).toBe('later');
    expect(succeeded(await subRuntime.invoke('returned', {})).statusCode).toBe(201);
    expect(threw(await subRuntime.invoke('refused', {}))).toBe('no luck');
    expect(threw(await subRuntime.invoke('text', {}))).toBe('only text');
  });

  it('section 4: of the callback and what a handler returns, the first counts', async () => {
    const subRuntime = await startCommonJs(
      `exports.both = (event, context, callback) => { callback(null, 'called'); return 'returned'; };`,
      `exports.value = (event, context, callback) => { setTimeout(callback, 5, null, 'called'); return 'returned'; };`,
    );
    expect(bodyText(succeeded(await subRuntime.invoke('both', {})))).toBe('called');
    expect(bodyText(succeeded(await subRuntime.invoke('value', {})))).toBe('returned');
  });

  it('section 4: an async handler that names a callback, and never calls it, is answered when it ends', async () => {
    const subRuntime = await startCommonJs(`exports.handle = async (event, context, callback) => {};`);
    expect(bodyText(succeeded(await subRuntime.invoke('handle', {})))).toBe('');
  });

  it('section 4: a handler that returns undefined has an empty answer', async () => {
    const subRuntime = await startCommonJs(`exports.handle = () => {};`);
    const response = succeeded(await subRuntime.invoke('handle', {}));
    expect(response).toMatchObject({ statusCode: 200, body: Buffer.alloc(0) });
  });

  it('section 4: what cannot be JSON is an error that says so', async () => {
    const subRuntime = await startCommonJs(
      `exports.bigint = () => ({ n: 1n });`,
      `exports.cycle = () => { const a = {}; a.a = a; return a; };`,
      `exports.callable = () => () => 1;`,
    );
    expect(threw(await subRuntime.invoke('bigint', {}))).toMatch(/cannot be sent as JSON: .*BigInt/);
    expect(threw(await subRuntime.invoke('cycle', {}))).toMatch(/cannot be sent as JSON: .*circular/);
    expect(threw(await subRuntime.invoke('callable', {}))).toMatch(/cannot be sent as JSON: it is a function/);
  });

  it('section 4: whatever is thrown becomes a message', async () => {
    const subRuntime = await startCommonJs(
      `const throwing = (value) => () => { throw value; };`,
      `module.exports = { text: throwing('a text'), object: throwing({ message: 'in an object' }),`,
      `  fields: throwing({ code: 7 }), nothing: throwing(undefined), unnamed: throwing(new RangeError()) };`,
    );
    expect(threw(await subRuntime.invoke('text', {}))).toBe('a text');
    expect(threw(await subRuntime.invoke('object', {}))).toBe('in an object');
    expect(threw(await subRuntime.invoke('fields', {}))).toBe('{"code":7}');
    expect(threw(await subRuntime.invoke('nothing', {}))).toBe('undefined');
    expect(threw(await subRuntime.invoke('unnamed', {}))).toBe('RangeError');
  });
});

describe('runtimes/node: how a handler is found', () => {
  it('section 1: the extension may be left out, and a folder has its index.js', async () => {
    const subRuntime = await startCommonJs(`exports.handle = () => 'other';`);
    const folder = folderWith({
      'a.mjs': `export const handle = () => 'a';`,
      'b/index.js': `exports.handle = () => 'b';`,
    });
    for (const [path, text] of [
      ['a', 'a'],
      ['a.mjs', 'a'],
      ['b', 'b'],
    ] as const) {
      const outcome = await subRuntime.invoke('handle', {}, { handlerPath: join(folder, path) });
      expect(bodyText(succeeded(outcome))).toBe(text);
    }
  });

  it('section 1: a .js file is CommonJS or an ES module by what is in it', async () => {
    const subRuntime = await startSubRuntime({ 'handler.js': `export const handle = () => 'an ES module';` });
    expect(bodyText(succeeded(await subRuntime.invoke('handle', {})))).toBe('an ES module');
  });

  it('section 1: methods of a default export keep their object; a default function is called default', async () => {
    const object = `export default { greeting: 'hello', handle() { return this.greeting; } };`;
    const subRuntime = await startSubRuntime({ 'object.mjs': object });
    expect(bodyText(succeeded(await subRuntime.invoke('handle', {})))).toBe('hello');
    const folder = folderWith({ 'f.mjs': `export default () => 'default';` });
    const outcome = await subRuntime.invoke('default', {}, { handlerPath: join(folder, 'f.mjs') });
    expect(bodyText(succeeded(outcome))).toBe('default');
  });

  it('section 1: CommonJS that TypeScript compiled from a default export is found', async () => {
    const subRuntime = await startCommonJs(
      `Object.defineProperty(exports, '__esModule', { value: true });`,
      `exports.default = { handle: () => 'compiled' };`,
    );
    expect(bodyText(succeeded(await subRuntime.invoke('handle', {})))).toBe('compiled');
  });

  it('section 4: a missing export is an error that names those that there are', async () => {
    const subRuntime = await startCommonJs(`exports.first = () => 1; exports.second = () => 2; exports.third = 3;`);
    expect(threw(await subRuntime.invoke('handle', {}))).toMatch(
      /exports no function "handle"; it exports first, second$/,
    );
    expect(threw(await subRuntime.invoke('toString', {}))).toMatch(/exports no function "toString"/);
  });

  it('section 4: an error of import is told to each invocation, and to stderr at start', async () => {
    const subRuntime = await startSubRuntime({
      'handler.mjs': `import 'no-such-package'; export const handle = () => 1;`,
    });
    await subRuntime.untilPrinted(`cannot load handler`);
    const expected = /^cannot load handler .*handler\.mjs: Cannot find package 'no-such-package'/;
    for (const _attempt of [1, 2]) expect(threw(await subRuntime.invoke('handle', {}))).toMatch(expected);
  });

  it('section 4: a syntax error says so', async () => {
    const subRuntime = await startCommonJs(`exports.handle = () => {`);
    expect(threw(await subRuntime.invoke('handle', {}))).toMatch(/cannot load handler .*: SyntaxError: /);
  });

  it('section 4: a handler that was not there may be there the next time', async () => {
    const subRuntime = await startCommonJs(`exports.handle = () => 1;`);
    const handlerPath = join(folderWith({}), 'late.cjs');
    expect(threw(await subRuntime.invoke('handle', {}, { handlerPath }))).toMatch(/there is no such file/);
    writeFileSync(handlerPath, `exports.handle = () => 'here';`);
    expect(bodyText(succeeded(await subRuntime.invoke('handle', {}, { handlerPath })))).toBe('here');
  });
});

describe('runtimes/node: TypeScript', () => {
  const source = `interface Event { name: string }\nexport const handle = (event: Event): string => event.name;`;

  it.runIf(RUNS_TYPESCRIPT)('section 1: runs where Node strips types', async () => {
    const subRuntime = await startSubRuntime({ 'handler.ts': source });
    expect(bodyText(succeeded(await subRuntime.invoke('handle', { name: 'Ada' })))).toBe('Ada');
  });

  it.skipIf(RUNS_TYPESCRIPT)('section 4: an older Node is an error that says which one is needed', async () => {
    const subRuntime = await startSubRuntime({ 'handler.ts': source });
    const message = threw(await subRuntime.invoke('handle', {}));
    expect(message).toContain(`Node ${process.version} does not run TypeScript; use Node 22.18 or newer`);
  });
});

describe('runtimes/node: its life', () => {
  it('section 7: it listens before the handler is loaded, and loads it before it is asked to', async () => {
    const folder = folderWith({});
    const subRuntime = await startSubRuntime({
      'handler.mjs': [
        `import { existsSync } from 'node:fs';`,
        `while (!existsSync(${JSON.stringify(join(folder, 'go'))})) await new Promise((resolve) => setTimeout(resolve, 5));`,
        `console.log('loaded');`,
        `export const handle = () => 'served';`,
      ].join('\n'),
    });
    const answer = subRuntime.invoke('handle', {});
    expect(subRuntime.output).not.toContain('loaded');
    mkdirSync(join(folder, 'go'));
    await subRuntime.untilPrinted('loaded');
    expect(bodyText(succeeded(await answer))).toBe('served');
  });

  it('section 7: the stack of an error goes to stderr as one record with the id of the invocation', async () => {
    const subRuntime = await startCommonJs(`exports.handle = () => { throw new Error('with a stack'); };`);
    expect(threw(await subRuntime.invoke('handle', {}, { requestId: 'r-42' }))).toBe('with a stack');
    await subRuntime.untilPrinted('at exports.handle');
    expect(subRuntime.output).toHaveLength(1);
    const record = JSON.parse(subRuntime.output[0]?.replace(/^\[r-42\] /, '') ?? '') as unknown;
    const message = expect.stringMatching(/^Error: with a stack\n +at exports\.handle/) as unknown;
    expect(record).toEqual({ level: 'error', message });
  });

  it('section 7: a rejection that nobody handles ends it, with the stack on stderr and exit code 1', async () => {
    const subRuntime = await startCommonJs(
      `exports.handle = () => { Promise.reject(new Error('nobody cares')); return new Promise(() => {}); };`,
    );
    void subRuntime.invoke('handle', {});
    expect((await subRuntime.exited).code).toBe(1);
    await subRuntime.untilPrinted('nobody cares');
  });

  it('section 7: what a handler left running does not keep it from ending', async () => {
    const subRuntime = await startCommonJs(`setInterval(() => {}, 1000); exports.handle = () => 'ok';`);
    succeeded(await subRuntime.invoke('handle', {}));
    subRuntime.terminate();
    expect(await subRuntime.exited).toMatchObject({ code: 0 });
  });

  it('section 7: without a socket it listens on the port of loopback', async () => {
    const path = join(folderWith({ 'h.cjs': `exports.handle = () => 'over TCP';` }), 'h.cjs');
    const withoutSocket = ['sh', '-c', 'unset SCW_UPSTREAM_SOCKET; exec "$@"', 'sh', process.execPath, BRIDGE] as const;
    const subRuntime = await startHandler(path, {}, withoutSocket);
    expect(subRuntime.upstream).toMatchObject({ host: '127.0.0.1' });
    expect(bodyText(succeeded(await subRuntime.invoke('handle', {})))).toBe('over TCP');
  });

  it('section 7: with a socket it takes no port', async () => {
    const SCW_UPSTREAM_PORT = String(await freePort());
    const subRuntime = await startSubRuntime(
      { 'h.cjs': `exports.handle = () => 1;` },
      { environment: { SCW_UPSTREAM_PORT } },
    );
    expect(subRuntime.upstream).toHaveProperty('socketPath');
    await expect(once(connect(Number(SCW_UPSTREAM_PORT), '127.0.0.1'), 'connect')).rejects.toThrow('ECONNREFUSED');
  });

  it('section 7: requests that come at once on a connection are answered in turn', async () => {
    const subRuntime = await startCommonJs(`exports.handle = async (event) => event;`);
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
  });

  it('section 7: what is no invocation, and what is no HTTP, is refused and does no harm', async () => {
    const subRuntime = await startCommonJs(`exports.handle = () => 'unharmed';`);
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
    const response = succeeded(await subRuntime.invoke('handle', {}));
    expect(headerValues(response, 'content-type')).toEqual(['text/plain; charset=utf-8']);
  });
});
