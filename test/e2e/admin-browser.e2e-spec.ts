import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AdminHosts, LETTER_CONTENT, startAdminHosts } from '../support/admin-host.js';
import { browserIsMissing, launchBrowser, NEEDS_BROWSER, openPage, pageScript } from '../support/browser.js';
import type { Host } from '../support/start-host.js';

const SITE = () => 'http://evil.test/';
const REBOUND = (port: string) => `http://evil.test:${port}/page`;
/** Where the page of the stranger comes from, by the port that it reaches for. */
const STRANGERS: readonly (readonly [string, (port: string) => string])[] = [
  ['another port of this machine', () => 'http://127.0.0.1:1/'],
  ['another name of this machine', (port) => `http://localhost:${port}/page`],
  ['another site', SITE],
  ['a file that was opened', () => 'data:text/html,<!doctype html><body>'],
  ['a name that was rebound to this machine', REBOUND],
];

/** All that the page could read of the port: as its own origin, if its name was rebound. */
async function attackFrom(browser: Browser, page: (port: string) => string, url: string): Promise<string[]> {
  const from = page(new URL(url).port);
  const stranger = await openPage(browser, from);
  await stranger.addScriptTag({ content: pageScript('attack.js') });
  const target = from.startsWith('http://evil.test:') ? new URL(from).origin : url;
  const read = (await stranger.evaluate(`attack(${JSON.stringify(target)})`)) as string[];
  await stranger.close();
  return read;
}

describe.skipIf(browserIsMissing)(`section 10: the admin port and pages of strangers, ${NEEDS_BROWSER}`, () => {
  let browser: Browser;
  let hosts: AdminHosts;
  let open: Host;
  let guarded: Host;

  beforeAll(async () => {
    [browser, hosts] = await Promise.all([launchBrowser(), startAdminHosts()]);
    [open, guarded] = await Promise.all([hosts.host(), hosts.host({ ADMIN_TOKEN: 'the-admin-token' })]);
  });
  afterAll(() => Promise.all([browser?.close(), hosts?.stop()]));

  it.each([
    ['another site', SITE],
    ['a name that was rebound', REBOUND],
  ])('(a port that lets everybody in is reached and read by a page of %s)', async (_title, page) => {
    const { server, url, requests } = await startNaiveServer();
    const read = await attackFrom(browser, page, url);
    expect(read).toContain('the secret');
    const posts = () => requests.filter(({ method, url: path }) => method === 'POST' && path?.endsWith('/1/replay'));
    // Seven by fetch, three forms, two beacons; what needs leave (CORS) is given it.
    expect(posts()).toHaveLength(12);
    expect(new Set(posts().map(({ headers }) => headers['content-type']?.split(';')[0]))).toEqual(
      new Set([
        undefined,
        'text/plain',
        'application/json',
        'application/x-www-form-urlencoded',
        'multipart/form-data',
      ]),
    );
    server.close();
  });

  it.each(STRANGERS)('run nothing and read nothing from %s, with a token and without', async (_title, page) => {
    const attacks = [open, guarded].map(({ adminUrl }) => attackFrom(browser, page, adminUrl));
    const read = (await Promise.all(attacks)).flat().join('\n');
    for (const secret of [LETTER_CONTENT, 'ORDERS', '"pid"', '"name"', 'the-admin-token']) {
      expect(read).not.toContain(secret);
    }
    expect(hosts.runs()).toBe(0);
    expect(await hosts.letters()).toBe(1);
  });

  it('can be read by a page of its own', async () => {
    const page = await openPage(browser, `${open.adminUrl}/page`);
    const read = `fetch('/api/dead-letters/1').then((response) => response.text())`;
    expect(await page.evaluate(read)).toContain(LETTER_CONTENT);
    const replay = `fetch('/api/dead-letters/1/replay', { method: 'POST' }).then(({ status }) => status)`;
    expect(await page.evaluate(replay)).toBe(200);
    await page.close();
  });
});

/** A port that does what the admin port must not: it answers everybody, and lets every page read. */
async function startNaiveServer(): Promise<{ server: Server; url: string; requests: IncomingMessage[] }> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request.resume());
    response.setHeader('access-control-allow-origin', request.headers.origin ?? '*');
    response.setHeader('access-control-allow-credentials', 'true');
    response.setHeader('access-control-allow-headers', 'authorization, content-type');
    response.setHeader('access-control-allow-methods', 'DELETE, HEAD');
    response.end('the secret');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, url: `http://127.0.0.1:${(server.address() as { port: number }).port}`, requests };
}
