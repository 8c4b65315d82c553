import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type AdminHosts, LETTER_CONTENT, startAdminHosts } from '../support/admin-host.js';
import { browserIsMissing, launchBrowser, NEEDS_BROWSER } from '../support/browser.js';
import { readLive } from '../support/live-stream.js';
import { type Host, ROOT } from '../support/start-host.js';

const ADMIN_TOKEN = 'the-admin-token';
/** Where pictures of the page go, for docs/: `TRIBUTARY_SCREENSHOTS=docs/images npx vitest run --project e2e ...`. */
const PICTURES = process.env['TRIBUTARY_SCREENSHOTS'];

describe.skipIf(browserIsMissing)(`section 10: the operator's page, ${NEEDS_BROWSER}`, () => {
  let browser: Browser;
  let hosts: AdminHosts;
  let host: Host;
  let guarded: Host;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    [browser, hosts] = await Promise.all([launchBrowser(), startAdminHosts()]);
    [host, guarded] = await Promise.all([
      hosts.host({ TRIGGER_CRON_SCHEDULE: '0 3 * * *' }),
      hosts.host({ ADMIN_TOKEN }),
    ]);
  });
  afterAll(() => Promise.all([browser?.close(), hosts?.stop()]));
  afterEach(async () => {
    await page.context().close();
    expect(complaints).toEqual([]);
  });

  /** Opens the page; whatever the browser has against it, such as what its policy forbids, is a complaint. */
  async function open(from: Host = host, options: BrowserContextOptions = {}, url = from.adminUrl): Promise<Page> {
    const context = await browser.newContext(options);
    page = await context.newPage();
    complaints = [];
    const own = new URL(url).origin;
    page.on('pageerror', ({ message }) => complaints.push(message));
    page.on('console', (message) => {
      const isRefusal = /status of (400|401|403|404|429)/.test(message.text());
      if (message.type() === 'error' && !isRefusal) complaints.push(message.text());
    });
    page.on('request', (request) => {
      const url = request.url();
      if (!url.startsWith(own) && !url.startsWith('data:')) complaints.push(`asked for ${url}`);
    });
    await page.clock.install();
    await page.goto(url);
    return page;
  }

  const untilLive = () => page.getByText('live', { exact: true }).waitFor();

  it('shows the triggers, what arrives, and its log', async () => {
    await open();
    await untilLive();
    const triggers = page.locator('table.triggers tbody tr');
    await expect.poll(() => triggers.count()).toBe(3);
    expect(await triggers.nth(1).innerText()).toMatch(/cron[^]*active[^]*in \d+ (h|min|s)/);
    const body = JSON.stringify({ do: 'complain', line: 'the stock is empty' });
    await fetch(host.url, { method: 'POST', body, headers: { 'x-request-id': 'seen-1' } });
    await page.locator('.invocation', { hasText: 'http' }).first().click();
    const detail = page.locator('.detail');
    await detail.getByText('seen-1').waitFor();
    expect(await detail.innerText()).toMatch(/failed[^]*with status 503[^]*Log[^]*the stock is empty/);
    await expect.poll(() => page.locator('.chart canvas').count()).toBe(2);
  });

  it('shows what came before it was opened', async () => {
    await Promise.all(Array.from({ length: 20 }, () => fetch(host.url, { method: 'POST', body: '{"do":"ok"}' })));
    await open();
    await untilLive();
    const rate = page.locator('table.triggers tbody tr').first().locator('.figures b');
    await expect.poll(() => rate.innerText()).toMatch(/^(0\.[1-9]|[1-9])/);
    await page.getByText(/estimated before \d\d:\d\d:\d\d/).waitFor();
    await page.locator('#rate').hover({ position: { x: 100, y: 60 } });
    expect(await page.locator('#rate + .reading').innerText()).toMatch(/^\d\d:\d\d:\d\d: \S+ settled, /);
  });

  it('lets the keyboard go through the invocations', async () => {
    await open();
    await untilLive();
    for (const id of ['one', 'two']) await fetch(host.url, { headers: { 'x-request-id': id } });
    const rows = page.locator('.invocation');
    await expect.poll(() => rows.count()).toBe(2);
    await rows.first().focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.locator('.detail').getByText('one', { exact: true }).waitFor();
    expect(await rows.evaluateAll((all) => all.map((row) => row.getAttribute('tabindex')))).toEqual(['-1', '0']);
  });

  it('fires a trigger and shows what came of it', async () => {
    await open();
    await page.getByRole('button', { name: 'Fire cron now' }).click();
    await page
      .getByRole('dialog')
      .getByText(/succeeded/)
      .waitFor();
  });

  it('sends an event as it is written, and says what is wrong with it, by the keyboard alone', async () => {
    await open();
    await page.getByRole('button', { name: 'Send an event by nats' }).focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    await page.keyboard.press('Tab');
    await dialog.getByLabel('Subject').focus();
    await page.keyboard.type('elsewhere');
    await page.keyboard.press('Enter');
    await dialog.getByText(/expected one without wildcards that fits orders/).waitFor();
    await dialog.getByLabel('Subject').fill('orders.new');
    await dialog.getByLabel('Data').fill('{"do":"ok"}');
    await page.keyboard.press('Shift+Tab');
    await dialog.getByRole('button', { name: 'Send' }).press('Enter');
    await dialog.getByText(/with status 200/).waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => page.locator('dialog[open]').count()).toBe(0);
  });

  it('asks for the token once, keeps it for the tab, and says when it is wrong', async () => {
    await open(guarded);
    await page.getByLabel('Token').fill('wrong');
    await page.keyboard.press('Enter');
    await page.getByText('That token was not accepted.').waitFor();
    await page.getByLabel('Token').fill(ADMIN_TOKEN);
    await page.keyboard.press('Enter');
    await untilLive();
    await page.reload();
    await untilLive();
    expect(page.url()).not.toContain(ADMIN_TOKEN);
  });

  it('fits a phone, also with long names', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'admin-page-'));
    const file = join(folder, 'triggers.json');
    const subject = 'orders.of.the.northern.warehouse.that.nobody.can.pronounce.without.a.break.*';
    const name = 'the-name-of-a-trigger-that-is-as-long-as-a-name-may-ever-become';
    writeFileSync(file, JSON.stringify({ triggers: [{ name, type: 'nats', subject: [subject] }] }));
    const long = await hosts.host({ TRIGGERS_FILE: file });
    rmSync(folder, { recursive: true });
    await open(long, { viewport: { width: 360, height: 740 }, hasTouch: true });
    await untilLive();
    await expect.poll(() => page.locator('table.letters tbody tr').count()).toBe(1);
    const width = () => page.evaluate('document.documentElement.scrollWidth');
    expect(await width()).toBe(360);
    await page.getByRole('button', { name: 'Send an event by http' }).click();
    await page.getByRole('dialog').waitFor();
    expect(await width()).toBe(360);
  });

  it.runIf(PICTURES)('has its picture taken', { timeout: 120_000 }, async () => {
    const folder = join(ROOT, PICTURES ?? '');
    mkdirSync(folder, { recursive: true });
    const post = (body: unknown) => fetch(host.url, { method: 'POST', body: JSON.stringify(body) });
    await open();
    await untilLive();
    for (let round = 0; round < 40; round++) {
      const requests = Array.from({ length: 3 + Math.round(6 * Math.abs(Math.sin(round / 6))) }, (_, index) =>
        post(
          round % 9 === 3 && index < 2
            ? { do: 'complain', line: 'The warehouse does not answer: the order is kept' }
            : { do: 'ok' },
        ),
      );
      await Promise.all(requests);
      await page.waitForTimeout(500);
    }
    await page.getByRole('button', { name: 'Fire cron now' }).click();
    await page
      .getByRole('dialog')
      .getByText(/succeeded/)
      .waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.invocation', { hasText: 'failed' }).first().click();
    await page.mouse.move(0, 0);
    await page.evaluate('scrollTo(0, 0)');
    const take = async (name: string) => page.screenshot({ path: join(folder, `page-${name}.png`), fullPage: true });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width: 1280, height: 900 });
      await page.waitForTimeout(300);
      await take(colorScheme);
    }
    await page.emulateMedia({ colorScheme: 'light' });
    await page.locator('table.letters .link').click();
    await page.getByRole('dialog').waitFor();
    await page.screenshot({ path: join(folder, 'page-letter.png') });
    await page.keyboard.press('Escape');
    await page.setViewportSize({ width: 390, height: 844 });
    await page.evaluate('scrollTo(0, 0)');
    await page.waitForTimeout(300);
    await take('phone');
  });

  it('edits a dead letter, runs it, and removes it when that succeeds', async () => {
    await open();
    await page.locator('table.letters .link').click();
    const dialog = page.getByRole('dialog');
    expect(await dialog.innerText()).toContain(LETTER_CONTENT);
    await dialog.getByRole('button', { name: 'Replay', exact: true }).click();
    await dialog
      .getByText(/status 404/)
      .last()
      .waitFor();
    expect(await hosts.letters()).toBe(1);
    await dialog.getByRole('button', { name: 'Edit and replay' }).click();
    expect(await dialog.getByLabel('Data').inputValue()).toContain(LETTER_CONTENT);
    expect(await dialog.getByLabel('Subject').inputValue()).toBe('orders.new');
    await dialog.getByLabel('Data').fill('{"do":"ok"}');
    await dialog.getByRole('button', { name: 'Send' }).click();
    await dialog.getByText('It succeeded; the dead letter is removed.').waitFor();
    expect(await hosts.letters()).toBe(0);
    await dialog.getByRole('button', { name: 'Close' }).click();
    await page.getByText('There are none: no message was given up.').waitFor();
  });

  it('finds what is given up meanwhile, and discards it once that was meant, not by a double click', async () => {
    await open();
    await page.getByText('There are none: no message was given up.').waitFor();
    await hosts.giveUp(1);
    await page.clock.runFor(10_000);
    await page.locator('table.letters .link').click();
    const dialog = page.getByRole('dialog');
    const forGood = dialog.getByRole('button', { name: 'Discard it for good' });
    await dialog.getByRole('button', { name: 'Discard…' }).dblclick();
    await dialog.getByRole('button', { name: 'Keep it' }).click();
    await expect.poll(() => forGood.count()).toBe(0);
    expect(await hosts.letters()).toBe(1);
    // By the keyboard, which goes on with what changes nothing.
    await dialog.getByRole('button', { name: 'Discard…' }).press('Enter');
    await expect.poll(() => page.evaluate('document.activeElement.textContent.trim()')).toBe('Keep it');
    await expect.poll(() => forGood.isEnabled()).toBe(true);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await dialog.getByText('The letter is removed.').waitFor();
    expect(await hosts.letters()).toBe(0);
    await dialog.getByRole('button', { name: 'Close' }).click();
    await page.getByText('There are none: no message was given up.').waitFor();
  });

  it('shows letters fifty at a time, and stays where one reads when one of them is removed', async () => {
    await hosts.giveUp(55);
    await open();
    const rows = page.locator('table.letters tbody tr');
    await expect.poll(() => rows.count()).toBe(50);
    await page.getByRole('button', { name: 'Show more' }).click();
    await expect.poll(() => rows.count()).toBe(55);
    expect(await page.getByRole('button', { name: 'Show more' }).count()).toBe(0);
    await rows.last().locator('.link').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Discard…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Discard it for good' }).click();
    await page.getByText('The letter is removed.').waitFor();
    await page.keyboard.press('Escape');
    expect(await rows.count()).toBe(54);
  });

  it('says why it shows nothing to whoever comes under another name', async () => {
    await open(host, {}, `http://elsewhere.test:${new URL(host.adminUrl).port}/`);
    await page.getByRole('heading', { name: 'Not from here' }).waitFor();
    expect(await page.locator('main').innerText()).toMatch(/Host header is not[^]*ssh -L \d+:127/);
    expect(await page.getByLabel('Token').count()).toBe(0);
  });

  it('says that too many wrong tokens came, and asks again by itself when their time is over', async () => {
    const attacked = await hosts.host({ ADMIN_TOKEN });
    for (let guess = 0; guess < 10; guess++) {
      await fetch(`${attacked.adminUrl}/api/triggers`, { headers: { authorization: 'Bearer wrong' } });
    }
    await open(attacked);
    await page.getByLabel('Token').fill(ADMIN_TOKEN);
    await page.keyboard.press('Enter');
    await page.getByText(/This page tries again in \d+ s/).waitFor();
    let asked = 0;
    page.on('request', (request) => (asked += Number(request.url().endsWith('/api/triggers'))));
    await page.clock.fastForward(61_000);
    await expect.poll(() => asked).toBeGreaterThan(0);
    await page.getByText(/This page tries again in \d+ s/).waitFor();
  });

  it('says that too many look on, and looks on when one of them has gone', async () => {
    const readers = await Promise.all(Array.from({ length: 8 }, () => readLive(host.adminUrl)));
    await open();
    await page.getByText(/Trying again: 8 streams are open already/).waitFor();
    for (const reader of readers) reader.close();
    await page.clock.runFor(5_000);
    await untilLive();
  });

  it('says when the host is gone', async () => {
    const ending = await hosts.host();
    await open(ending);
    await untilLive();
    await ending.stop();
    await page.getByText('not connected', { exact: true }).waitFor();
    complaints = complaints.filter((complaint) => !complaint.includes('ERR_CONNECTION_REFUSED'));
  });
});
