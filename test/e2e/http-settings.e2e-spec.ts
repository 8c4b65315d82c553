import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openRaw, rawExchange, statusOf } from '../support/raw-http.js';
import { type Host, type HostOptions, startHost, until } from '../support/start-host.js';
import { folderWith } from '../support/sub-runtime.js';

/** A host that ends with the test. */
async function start(env: HostOptions['env'], started: HostOptions['started'] = 'ready'): Promise<Host> {
  const host = await startHost({ env, started });
  onTestFinished(async () => void (await host.stop()));
  return host;
}

const get = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: h\r\n${more}\r\n`;
const text = async (url: string): Promise<string> => (await fetch(url)).text();

/** Whether a connection to a port is taken at an address of this machine. */
function isOpen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host, () => resolve(true)).once('error', () => resolve(false));
    onTestFinished(() => void socket.destroy());
  });
}

describe('section 1: connections', () => {
  it('section 1: an idle connection is closed after TRIGGER_HTTP_KEEP_ALIVE_TIMEOUT_MS, and not before', async () => {
    const timeoutMs = 3_000;
    const host = await start({ TRIGGER_HTTP_KEEP_ALIVE_TIMEOUT_MS: String(timeoutMs) });
    const connection = await openRaw(host.port);
    connection.write(get('/pid'));
    await connection.answers(1);
    const idleFrom = Date.now();
    connection.write(get('/pid'));
    await until('the second answer', () => connection.received().split('HTTP/1.1 200 OK').length === 3);
    // The default is 72 s. Node may wait a second more than it is told, so that no client is cut off by a hair.
    await connection.closed(30_000);
    expect(Date.now() - idleFrom).toBeGreaterThanOrEqual(timeoutMs - 50);
  });

  it('section 1: TRIGGER_HTTP_MAX_HEADER_SIZE decides which head is answered 431', async () => {
    const host = await start({ TRIGGER_HTTP_MAX_HEADER_SIZE: '30000' });
    const close = 'Connection: close\r\n';
    const under = await rawExchange(host.port, get('/pid', `${close}x: ${'a'.repeat(29_000)}\r\n`));
    const over = await rawExchange(host.port, get('/pid', `${close}x: ${'a'.repeat(31_000)}\r\n`));
    const overInParts = await rawExchange(host.port, get('/pid', close + `x: ${'a'.repeat(1_500)}\r\n`.repeat(21)));
    expect([under, over, overInParts].map(statusOf)).toEqual([200, 431, 431]);
  });

  it('section 1: TRIGGER_HTTP_HOST chooses the address, and by default it is all of them', async () => {
    const [one, all] = await Promise.all([start({ TRIGGER_HTTP_HOST: '127.0.0.1' }), start({})]);
    expect(await isOpen('127.0.0.1', one.port)).toBe(true);
    expect(await isOpen('127.0.0.2', one.port)).toBe(false);
    expect(await isOpen('127.0.0.2', all.port)).toBe(true);
    await one.outputs(`The HTTP trigger listens on http://127.0.0.1:${one.port}`);
  });
});

describe('section 1: invocations', () => {
  it('section 1: with TRIGGER_HTTP_MAX_IN_FLIGHT=1 a request begins when the one before it has been answered', async () => {
    const host = await start({ TRIGGER_HTTP_MAX_IN_FLIGHT: '1' });
    const ask = (requestId: string) => fetch(`${host.url}/slow?ms=700`, { headers: { 'x-request-id': requestId } });
    const answers = await Promise.all([ask('a'), ask('b')]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    const events = await until('all lines of both', () => {
      const kinds = host.logs().map(kindOfLine).filter(Boolean);
      return kinds.length === 4 && kinds;
    });
    expect(events.slice(0, 3)).toEqual(['begins', 'answered', 'begins']);
  });

  it('section 1: without it both run at once', async () => {
    const host = await start({});
    const answers = [fetch(`${host.url}/slow?ms=2000`), fetch(`${host.url}/slow?ms=2000`)];
    await until('both to run', () => host.logs().filter((line) => kindOfLine(line) === 'begins').length === 2);
    expect(host.logs().map(kindOfLine)).not.toContain('answered');
    await Promise.all(answers);
  });

  it('section 1: TRIGGER_HTTP_HANDLER names the function of this trigger', async () => {
    const host = await start({ TRIGGER_HTTP_HANDLER: 'other' });
    expect(await (await fetch(host.url, { method: 'POST', body: 'x' })).text()).toBe('other: x');
  });

  it('section 1: SCW_HANDLER_NAME names the function of every trigger that has none of its own', async () => {
    const folder = folderWith({
      'named.cjs': `exports.handle = () => 'handle'; exports.first = () => 'first'; exports.second = () => 'second';`,
    });
    const named = { SCW_HANDLER_PATH: join(folder, 'named.cjs'), SCW_HANDLER_NAME: 'first' };
    const [general, own] = await Promise.all([start(named), start({ ...named, TRIGGER_HTTP_HANDLER: 'second' })]);
    expect([await text(general.url), await text(own.url)]).toEqual(['first', 'second']);
  });

  it('section 1: SCW_ALLOW_FAVICON=true lets /favicon.ico reach the function, and /robots.txt not', async () => {
    const host = await start({ SCW_ALLOW_FAVICON: 'true' });
    const answer = await fetch(`${host.url}/favicon.ico`);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ event: { path: '/favicon.ico' } });
    expect((await fetch(`${host.url}/robots.txt`)).status).toBe(404);
  });

  it.each(['TRUE', 'True', '1', 'yes', ' true'])(
    'section 1: SCW_PUBLIC=%j leaves the function private',
    async (value) => {
      const host = await start({ SCW_PUBLIC: value }, 'listening');
      expect((await fetch(host.url)).status).toBe(401);
    },
  );
});

/** What a line tells of a slow request. */
function kindOfLine(line: Record<string, unknown>): 'begins' | 'answered' | undefined {
  if (line['msg'] === 'slow begins') return 'begins';
  return line['outcome'] === 'succeeded' ? 'answered' : undefined;
}
