import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type LiveReader, readLive } from '../support/live-stream.js';
import { type Host, startHost, until } from '../support/start-host.js';

const ADMIN_TOKEN = 'the-admin-token';
const AUTHORIZATION = { authorization: `Bearer ${ADMIN_TOKEN}` };
const SECRET = 'secret-of-the-caller';

describe('the live stream of the admin port', () => {
  let host: Host;
  const readers: LiveReader[] = [];

  beforeAll(async () => {
    host = await startHost({ env: { ADMIN_TOKEN } });
  });
  afterEach(async () => {
    for (const reader of readers.splice(0)) reader.close();
    await until('room for a stream', async () => {
      const reader = await readLive(host.adminUrl, AUTHORIZATION);
      reader.close();
      return reader.response.statusCode === 200;
    });
  });
  afterAll(() => host?.stop('SIGKILL'));

  async function live(): Promise<LiveReader> {
    const reader = await readLive(host.adminUrl, AUTHORIZATION);
    readers.push(reader);
    return reader;
  }

  it('section 10: tells the way of an invocation with its log, and nothing of what it is about', async () => {
    const reader = await live();
    expect(reader.response.headers).toMatchObject({
      'content-type': 'application/x-ndjson',
      'cache-control': 'no-store',
    });
    await reader.line(({ kind }) => kind === 'open');
    const headers = { 'x-request-id': 'slow-1', 'x-secret': SECRET };
    const answer = await fetch(`${host.url}/slow?ms=1&secret=${SECRET}`, { method: 'POST', body: SECRET, headers });
    expect(answer.status).toBe(200);
    const about = { requestId: 'slow-1', trigger: 'http', type: 'http', attempt: 1 };
    const settled = await reader.line(({ kind }) => kind === 'settled');
    expect(settled).toMatchObject({ ...about, outcome: 'succeeded', status: 200 });
    expect(settled['ranMs']).toBeGreaterThan(0);
    expect(await reader.line(({ kind }) => kind === 'started')).toMatchObject(about);
    const line = await reader.line(({ text }) => text === 'slow begins');
    expect(line).toMatchObject({ kind: 'log', level: 'info' });
    const second = await reader.line(({ triggers }) => Array.isArray(triggers) && triggers.length > 0);
    expect(second['triggers']).toMatchObject([{ trigger: 'http', settled: 1, failed: 0 }]);
    expect(JSON.stringify(reader.lines)).not.toMatch(SECRET);
  });

  it('section 10: says how a failure came about', async () => {
    const reader = await live();
    await fetch(`${host.url}/throw`, { headers: { 'x-request-id': 'failing' } });
    const settled = await reader.line(({ kind }) => kind === 'settled');
    expect(settled).toMatchObject({ requestId: 'failing', outcome: 'failed', failure: 'threw' });
    const line = await reader.line(({ kind }) => kind === 'log');
    expect(line).toMatchObject({ requestId: 'failing', text: expect.stringContaining('Error') as string });
  });

  it('section 10: is for those who have the token', async () => {
    const reader = await readLive(host.adminUrl, { authorization: 'Bearer wrong' });
    expect(reader.response.statusCode).toBe(401);
  });

  it('section 10: has the sums of the last minutes, at which nobody had to look', async () => {
    const quiet = await startHost({ env: { ADMIN_TOKEN } });
    for (const path of ['/', '/throw', '/']) await fetch(quiet.url + path);
    const recent = (headers: Record<string, string>) => fetch(`${quiet.adminUrl}/api/invocations/recent`, { headers });
    const { spans } = (await (await recent(AUTHORIZATION)).json()) as {
      spans: { seconds: number; triggers: { trigger: string; settled: number; failed: number; p50Ms: number }[] }[];
    };
    const http = spans.flatMap(({ triggers }) => triggers).filter(({ trigger }) => trigger === 'http');
    const sums = http.map(({ settled, failed }) => [settled, failed]);
    expect(
      sums.reduce(([all = 0, bad = 0], [settled = 0, failed = 0]) => [all + settled, bad + failed], [0, 0]),
    ).toEqual([3, 1]);
    for (const { p50Ms } of http) expect(p50Ms).toBeGreaterThan(0);
    expect((await recent({})).status).toBe(401);
    await quiet.stop('SIGKILL');
  });

  it('section 10: takes eight readers at once, and another when one of them is gone', async () => {
    const first = await live();
    for (let count = 2; count <= 8; count++) expect((await live()).response.statusCode).toBe(200);
    expect((await live()).response.statusCode).toBe(429);
    first.close();
    await until('room for another', async () => (await live()).response.statusCode === 200);
  });

  it('section 10: keeps no stream for whoever asks for the head alone', async () => {
    for (let count = 1; count <= 10; count++) {
      const response = await fetch(`${host.adminUrl}/api/invocations/live`, { method: 'HEAD', headers: AUTHORIZATION });
      expect(response.status).toBe(200);
    }
    expect((await live()).response.statusCode).toBe(200);
  });

  it('section 10: ends in order when the host does, and does not hold it up', async () => {
    const ending = await startHost();
    const reader = await readLive(ending.adminUrl);
    await reader.line(({ kind }) => kind === 'open');
    const exit = await ending.stop();
    expect(exit).toEqual({ code: 0, signal: null });
    expect(await reader.ended).toBe('complete');
  });
});
