import { execFile, execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { toolPath } from '../../scripts/tools.mjs';
import { browserIsMissing, launchBrowser } from '../support/browser.js';
import { freePort, ROOT, until } from '../support/start-host.js';
import { startTerminal } from '../support/terminal.js';

const NATS_SERVER = toolPath('nats-server');
const TEXT = readFileSync(join(ROOT, 'docs/getting-started.md'), 'utf8');

/** The lines of all blocks of one language. */
function linesOf(language: string): string[] {
  const blocks = [...TEXT.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'))];
  return blocks.flatMap(([, block = '']) => block.trimEnd().split('\n'));
}

const UNREACHABLE = /\b(EAI_AGAIN|ENOTFOUND|ENETUNREACH|ECONNREFUSED|ECONNRESET|ETIMEDOUT|FETCH_ERROR)\b/;
/** From the empty folder to a function that answers all three triggers: what the document promises, and then some. */
const PROMISED_SECONDS = 120;

const pack = (folder: string): string => {
  execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: ROOT, stdio: 'ignore' });
  return String(readdirSync(folder).find((name) => name.endsWith('.tgz')));
};

/** What npm says of this machine: where packages come from, and where those that came are kept. */
async function npmSettings(): Promise<Record<string, string>> {
  const { stdout } = await promisify(execFile)('npm', ['config', 'list', '--json'], { cwd: ROOT });
  const { registry, cache } = JSON.parse(stdout) as Record<'registry' | 'cache', string>;
  return {
    ...{ npm_config_registry: registry, npm_config_cache: cache },
    ...{ npm_config_offline: 'false', npm_config_prefer_offline: 'true' },
    // Where there may be no network, that is known at once; where there is one, a hiccup is no failure.
    ...{ npm_config_fetch_retries: process.env['CI'] ? '2' : '0', npm_config_fetch_retry_mintimeout: '1000' },
    ...{ npm_config_audit: 'false', npm_config_update_notifier: 'false' },
  };
}

/** How this machine reaches the network, if by a way of its own. */
const proxies = () =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => /^(https?|no)_proxy$|^NODE_EXTRA_CA/i.test(name)));

/** As npm installs it, with what it depends on; where no registry answers, as it would lie there, which is enough to run. */
async function install(folder: string, archive: string, env: NodeJS.ProcessEnv): Promise<void> {
  const online = { ...proxies(), ...env, ...(await npmSettings()) };
  try {
    await promisify(execFile)('npm', ['install', archive], {
      cwd: folder,
      env: online,
      timeout: PROMISED_SECONDS * 1_000,
    });
  } catch (error) {
    if (process.env['CI'] || !UNREACHABLE.test(String((error as { stderr?: string }).stderr))) throw error;
    console.log('no package registry answers: the package is unpacked, and not installed');
    execFileSync('tar', ['--extract', '--no-same-owner', '--file', archive], { cwd: folder });
    mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true });
    renameSync(join(folder, 'package'), join(folder, 'node_modules/tributary-host'));
    symlinkSync('../tributary-host/bin/tributary.js', join(folder, 'node_modules/.bin/tributary'));
  }
}

/** What happens is seen on the operator's page: three triggers, and an invocation of each with what it wrote. */
async function assertSeen(url: string, happens: () => Promise<unknown>): Promise<void> {
  const browser = await launchBrowser();
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  await page.goto(url);
  await page.getByText('live', { exact: true }).waitFor();
  await happens();
  for (const trigger of ['http', 'nats', 'cron']) {
    await page.locator('.invocation', { hasText: trigger }).first().click();
    await page.locator('.detail').getByText(`reached by ${trigger}`).waitFor();
  }
  expect(await page.locator('table.triggers tbody tr').count()).toBe(3);
}

const TITLE = 'docs/getting-started.md holds, command by command, in an empty folder, within two minutes';

it.runIf(NATS_SERVER)(TITLE, { timeout: (PROMISED_SECONDS + 60) * 1_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'getting-started-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [port, adminPort] = [await freePort(), await freePort()];
  const env = {
    PATH: [dirname(NATS_SERVER ?? ''), process.env['PATH']].join(delimiter),
    HOME: folder,
    TMPDIR: folder,
    npm_config_offline: 'true',
    // The page's are the usual ones, which somebody may have here.
    PORT: String(port),
    ADMIN_PORT: String(adminPort),
  };
  const [installs, init, dev, curl, send, ...more] = linesOf('sh');
  expect(more).toEqual([]);
  const run = async (command = '') => (await promisify(execFile)('sh', ['-c', command], { cwd: folder, env })).stdout;

  expect(installs).toBe('npm install tributary-host');
  const archive = pack(folder);
  const began = performance.now();
  await install(folder, archive, env);
  const installed = performance.now();
  await run(init);
  expect(await run('npx tributary invoke --handler hello/handler.js --data Ada')).toBe('Hello Ada, from a function\n');

  const terminal = startTerminal(`exec ${dev}`, folder, env);
  await terminal.prints('it serves');
  await terminal.prints('Connected to NATS');
  const server = / send (--server \S+ )?greet/.exec(terminal.output())?.[1] ?? '';

  const curlHere = curl?.replace(':8080', `:${port}`);
  const answers = [await run(curlHere), await run(send?.replace('send ', `send ${server}`))];
  expect(answers.join('')).toBe(`${linesOf('text').join('\n')}\n`);
  await terminal.prints('reached by cron');
  const seconds = (performance.now() - began) / 1_000;
  console.log(
    `from an empty folder to all three triggers: ${seconds.toFixed(1)} s, of which npm install took ` +
      `${((installed - began) / 1_000).toFixed(1)} s for ${readdirSync(join(folder, 'node_modules')).length} folders`,
  );
  expect(seconds).toBeLessThan(PROMISED_SECONDS);

  const page = /page {3}(\S+)/.exec(terminal.output())?.[1] ?? '';
  expect(TEXT).toContain(page.replace(String(adminPort), '9464'));
  if (!browserIsMissing)
    await assertSeen(page, () => Promise.all([run(curlHere), run(send?.replace('send ', `send ${server}`))]));

  const handler = join(folder, 'hello/handler.js');
  expect(TEXT).toContain('Change `hello/handler.js` and ask again');
  writeFileSync(handler, readFileSync(handler, 'utf8').replace('Hello', 'Hi'));
  await until('the change to be served', async () => (await run(curlHere)) === 'Hi Ada, from hello\n');
  await terminal.end('SIGTERM');

  // As it is in a container: by the environment alone.
  const production = { SCW_HANDLER_PATH: handler, SCW_APPLICATION_NAME: 'hello', SCW_PUBLIC: 'true' };
  startTerminal('exec npx tributary start', folder, { ...env, ...production });
  const answer = await until('the first answer', () =>
    fetch(`http://127.0.0.1:${port}/?name=Ada`).catch(() => undefined),
  );
  expect([answer.status, await answer.text()]).toEqual([200, 'Hi Ada, from hello\n']);
});
