import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { toolPath } from '../../scripts/tools.mjs';
import { runTributary } from '../support/cli.js';
import { ROOT, startHost } from '../support/start-host.js';

const EXAMPLE = join(ROOT, 'examples/ruby');
const RUBY = toolPath('ruby') ?? 'ruby';
const README = readFileSync(join(EXAMPLE, 'README.md'), 'utf8');

/** The words of the README's command behind `tributary`, its files found from the folder of the example. */
function verifying(): string[] {
  const command = /^tributary (verify (?:.*\\\n)*.*)$/m.exec(README)?.[1] ?? '';
  const words = command.replaceAll('\\\n', '').split(/ +/);
  return words.map((word) => (word === 'ruby' ? RUBY : word.endsWith('.rb') ? join(EXAMPLE, word) : word));
}

describe.runIf(toolPath('ruby'))('examples/ruby/README.md', () => {
  it('keeps what it claims of the wire protocol, in 40 lines', { timeout: 120_000 }, async () => {
    const { code, stdout } = await runTributary(verifying());
    expect(stdout).toMatch(/ 0 failed, \d+ not claimed\n$/);
    expect(code).toBe(0);
    const lines = readFileSync(join(EXAMPLE, 'sub_runtime.rb'), 'utf8').trimEnd().split('\n');
    expect(lines.filter((line) => line !== '').length).toBeLessThanOrEqual(45);
  });

  it('serves the function of its README', async () => {
    const host = await startHost({
      env: {
        SCW_RUNTIME_BINARY: RUBY,
        SCW_RUNTIME_BRIDGE: join(EXAMPLE, 'sub_runtime.rb'),
        SCW_HANDLER_PATH: join(EXAMPLE, 'hello.rb'),
        SCW_APPLICATION_NAME: 'hello',
      },
    });
    onTestFinished(async () => void (await host.stop()));
    const answer = await fetch(host.url, { method: 'POST', body: 'Ada' });
    expect([answer.status, await answer.text()]).toEqual([200, 'Hello Ada, from hello\n']);
    await host.outputs('reached by http');
    expect(await (await fetch(host.url)).text()).toBe('Hello world, from hello\n');
  });
});
