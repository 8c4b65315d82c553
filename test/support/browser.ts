import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { toolPath } from '../../scripts/tools.mjs';
import { ROOT } from './start-host.js';

/** On the machine of a developer the tests in a browser are skipped where there is none; in CI that is a failure. */
export const browserIsMissing = toolPath('chromium') === undefined && !process.env['CI'];

/** What the title of a test says that may be skipped. */
export const NEEDS_BROWSER = 'in Chromium (node scripts/tools.mjs chromium)';

/** What a page does, by its name. */
export function pageScript(name: string): string {
  return readFileSync(join(ROOT, 'test/fixtures/pages', name), 'utf8');
}

/**
 * A browser with a fresh profile; close it at the end. All names of `.test` are those of this machine, as after DNS
 * rebinding, and what the browser itself has against pages that reach for this machine is off.
 */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = toolPath('chromium');
  if (!executablePath) throw new Error('there is no chromium: run node scripts/tools.mjs chromium');
  return chromium.launch({
    executablePath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests',
      '--host-resolver-rules=MAP *.test 127.0.0.1',
    ],
  });
}

/** A page whose origin is that of `url`, without a server that answers there. */
export async function openPage(browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage();
  await page.route(url, (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html><body>' }));
  await page.goto(url);
  return page;
}
