import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import type { NatsServer } from './nats-server.js';
import { freePort, ROOT } from './start-host.js';
import { startTerminal, type Terminal } from './terminal.js';

/** A folder of `examples/` as somebody has it who follows its README, with the command on the PATH. */
export interface Example {
  /** A copy, in which every port that the example names is a free one; it goes with the test. */
  readonly folder: string;
  /** The README's blocks of a language, in their order, ports exchanged. */
  blocks(language: string): string[];
  /** Types commands there; gives what they print, and rejects where they fail. */
  run(commands: string): Promise<string>;
  /** Types a command that goes on, in a terminal of its own. It ends with the test. */
  start(command: string): Promise<Terminal>;
}

const USUAL_PORTS = ['8080', '9464', '9465', '9466'];
const USUAL_NATS_PORT = '4222';

export async function openExample(name: string, server: Pick<NatsServer, 'port'>): Promise<Example> {
  const place = mkdtempSync(join(tmpdir(), 'tributary-example-'));
  const [folder, bin] = [join(place, name), join(place, 'bin')];
  onTestFinished(() => rmSync(place, { recursive: true, force: true }));
  cpSync(join(ROOT, 'examples', name), folder, { recursive: true });
  mkdirSync(bin);
  symlinkSync(join(ROOT, 'bin/tributary.js'), join(bin, 'tributary'));
  const ports = new Map([[USUAL_NATS_PORT, String(server.port)]]);
  for (const port of USUAL_PORTS) ports.set(port, String(await freePort()));
  exchangePorts(folder, ports);
  const readme = readFileSync(join(folder, 'README.md'), 'utf8');
  const environment = async () => ({
    PATH: [bin, process.env['PATH']].join(delimiter),
    HOME: place,
    SCW_UPSTREAM_PORT: String(await freePort()),
    // What is usual where an example does not say it.
    TRIGGER_NATS_URL: `nats://127.0.0.1:${server.port}`,
    PORT: ports.get('8080'),
    ADMIN_PORT: ports.get('9464'),
  });
  return {
    folder,
    blocks: (language) => blocksOf(readme, language),
    run: async (commands) =>
      (await promisify(execFile)('sh', ['-e', '-c', commands], { cwd: folder, env: await environment() })).stdout,
    start: async (command) => startTerminal(command, folder, await environment()),
  };
}

function exchangePorts(folder: string, ports: ReadonlyMap<string, string>): void {
  const usual = new RegExp(`\\b(${[...ports.keys()].join('|')})\\b`, 'g');
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace(usual, (port) => ports.get(port) ?? port),
    );
  }
}

function blocksOf(readme: string, language: string): string[] {
  const fenced = readme.matchAll(new RegExp(`^\`\`\`${language}(?: .*)?\\n([^]*?)^\`\`\`$`, 'gm'));
  return [...fenced].map(([, block = '']) => block.trimEnd());
}
