import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { runTributary } from '../support/cli.js';
import { ROOT, startHost } from '../support/start-host.js';

// How a Node that strips types runs it as it is, is in init-command.e2e-spec.ts.
it('examples/typescript runs on every Node that the host runs on, once it is compiled', async () => {
  const place = mkdtempSync(join(tmpdir(), 'tributary-typescript-'));
  onTestFinished(() => rmSync(place, { recursive: true, force: true }));
  const folder = join(place, 'hello');
  await runTributary(['init', 'typescript', folder]);
  // In the place of npm install.
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(ROOT, join(folder, 'node_modules/tributary-host'));
  symlinkSync(join(ROOT, 'node_modules/@types'), join(folder, 'node_modules/@types'));
  const env = {
    PATH: [join(ROOT, 'node_modules/.bin'), process.env['PATH']].join(delimiter),
    npm_config_update_notifier: 'false',
  };
  const run = (program: string, ...args: string[]) =>
    execFileSync(program, args, { cwd: folder, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

  run('npm', 'run', 'build');
  expect(run(process.execPath, '--test', 'build/handler.test.js')).toMatch(/^# pass 3$|^ℹ pass 3$/m);
  const host = await startHost({
    env: { SCW_APPLICATION_NAME: 'hello', SCW_HANDLER_PATH: join(folder, 'build/handler.js') },
  });
  onTestFinished(async () => void (await host.stop()));
  expect(await (await fetch(`${host.url}/?name=Ada`)).text()).toBe('Hello Ada, from hello\n');
});
