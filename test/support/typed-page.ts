import { execFile, type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { toolPath } from '../../scripts/tools.mjs';
import { CertificateAuthority } from './certificates.js';
import { commandsOf, type Fence } from './documents.js';
import { freePort, ROOT, until } from './start-host.js';

/** Commands that go on until Ctrl-C: the reader types what follows in another terminal. */
const HOST = /^(\w+=\S+ )*(npx )?tributary( start| dev .*)?$|^npm start$/;
/** A handler that every page can talk to: it greets, and rejects what is wrong once. */
const HANDLER = `const seen = new Set();
export const handle = async (event, context) => {
  if (event.body.includes('wrong') && !seen.has(context.requestId)) {
    seen.add(context.requestId);
    return { statusCode: 422, body: 'wrong' };
  }
  return 'Hello ' + (event.body || 'world');
};
export const [report, refreshCache, price, invoice] = Array(4).fill(handle);
`;

/** Somebody who types the blocks of one page into one shell, in an empty folder. Call `end()` at the end. */
export class TypedPage {
  private readonly folder = mkdtempSync(join(tmpdir(), 'typed-page-'));
  private host: ChildProcess | undefined;
  private hostOutput = '';

  private constructor(
    private readonly natsPort: string,
    private readonly ports: Readonly<Record<'http' | 'admin' | 'upstream', string>>,
  ) {}

  /** @param example A folder of the project that the page is about; the page's files lie in a copy of it. */
  static async open(natsUrl: string, example?: string): Promise<TypedPage> {
    const [http, admin, upstream] = [await freePort(), await freePort(), await freePort()].map(String);
    const page = new TypedPage(new URL(natsUrl).port, { http: `${http}`, admin: `${admin}`, upstream: `${upstream}` });
    page.layOut(example);
    return page;
  }

  /** What the page presupposes. */
  private layOut(example: string | undefined): void {
    if (example === undefined) {
      for (const name of ['bin', 'examples', 'scripts', 'test', 'package.json']) this.link(join(ROOT, name), name);
      this.write('handler.js', HANDLER);
    } else {
      cpSync(join(ROOT, example), this.folder, { recursive: true });
    }
    this.link(join(ROOT, 'bin/tributary.js'), 'node_modules/.bin/tributary');
    this.write('host.log', '');
    this.write('home/app/function/handler.js', HANDLER);
    this.write('home/app/index.js', `await import('${ROOT}/runtimes/node/index.mjs');\n`);
    this.write('secrets/nats-password', 'secret');
    this.write('secrets/admin-token', 'secret');
    this.write('secrets/ca.pem', new CertificateAuthority().certificate);
  }

  /** Puts a file where the page has it. */
  write(name: string, text: string, mode = 0o644): void {
    mkdirSync(dirname(join(this.folder, name)), { recursive: true });
    writeFileSync(join(this.folder, name), text, { mode });
  }

  private link(target: string, name: string): void {
    mkdirSync(dirname(join(this.folder, name)), { recursive: true });
    if (!existsSync(join(this.folder, name))) symlinkSync(target, join(this.folder, name));
  }

  /** Types a block; what it exports stays. Gives what was printed. Rejects where a command fails. */
  async type(block: Pick<Fence, 'code'>): Promise<string> {
    const commands = commandsOf(block).map((command) => this.here(command));
    const last = commands.at(-1) ?? '';
    if (!HOST.test(last)) return this.run(commands);
    const output = await this.run(commands.slice(0, -1));
    await this.startHost(last);
    return output;
  }

  /** Only the variables of a block, and what \`tributary explain\` says of them. */
  async explain(block: Pick<Fence, 'code'>): Promise<string> {
    const exports = commandsOf(block).filter((command) => /^(export|cd) /.test(command));
    const before = ['export SCW_HANDLER_PATH=$PWD/handler.js', ...exports].map((command) => this.here(command));
    return this.run([...before, 'tributary explain']);
  }

  async end(): Promise<void> {
    await this.stopHost();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The page's places are the usual ones, which somebody may have here. */
  private here(command: string): string {
    return command
      .replace(/^npm install tributary-host$/, 'true')
      .replace(/\bcurl -N .*/, (live) => `${live} --max-time 1 || [ $? = 28 ]`)
      .replaceAll(/(127\.0\.0\.1|localhost):8080/g, `$1:${this.ports.http}`)
      .replaceAll('127.0.0.1:9464', `127.0.0.1:${this.ports.admin}`)
      .replaceAll('127.0.0.1:4222', `127.0.0.1:${this.natsPort}`)
      .replaceAll('/run/secrets/', `${this.folder}/secrets/`)
      .replaceAll('/home/app/', `${this.folder}/home/app/`)
      .replaceAll('/usr/local/bin/node', process.execPath)
      .replace(/\bPORT=8080\b/, `PORT=${this.ports.http}`)
      .replace(/\bSCW_UPSTREAM_PORT=8081\b/, `SCW_UPSTREAM_PORT=${this.ports.upstream}`);
  }

  private async run(commands: readonly string[]): Promise<string> {
    const script = [
      'set -eu',
      '[ ! -e .env.sh ] || . ./.env.sh',
      ...commands,
      // Not $PWD: that is one of the variables, and may be where an earlier block has gone to.
      `export -p > '${this.folder}/.env.sh'`,
    ];
    const { stdout } = await promisify(execFile)('sh', ['-c', script.join('\n')], {
      cwd: this.folder,
      env: this.environment,
    }).catch((error: Error & { stdout?: string; stderr?: string }) => {
      throw new Error(`${error.message}\n${error.stdout}${error.stderr}\nthe host wrote:\n${this.hostOutput}`);
    });
    return stdout;
  }

  private async startHost(command: string): Promise<void> {
    await this.stopHost();
    // The folder that the block has gone to is that of its handler.
    const script = `. ./.env.sh; exec ${command}`;
    const host = spawn('sh', ['-c', script], {
      cwd: this.folder,
      env: this.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.host = host;
    this.hostOutput = '';
    for (const stream of [host.stdout, host.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        this.hostOutput += chunk.toString();
        appendFileSync(join(this.folder, 'host.log'), chunk);
      });
    }
    const ready = until(`${command} to be ready`, async () => {
      if (host.exitCode !== null) throw new Error(`it ended with ${host.exitCode}`);
      return isReady(`http://127.0.0.1:${this.ports.admin}/readyz`);
    });
    await ready.catch((error: Error) => {
      throw new Error(`${error.message}: ${command} wrote\n${this.hostOutput}`);
    });
  }

  private async stopHost(): Promise<void> {
    const { host } = this;
    this.host = undefined;
    if (!host || host.exitCode !== null || host.signalCode !== null) return;
    process.kill(-Number(host.pid), 'SIGTERM');
    await once(host, 'close');
  }

  private get environment(): Record<string, string> {
    const tools = ['nats-server', 'python3'].flatMap((name) => toolPath(name) ?? []).map((path) => dirname(path));
    const own = join(this.folder, 'node_modules/.bin');
    return {
      PATH: [own, ...tools, dirname(process.execPath), process.env['PATH']].join(delimiter),
      HOME: this.folder,
      TMPDIR: this.folder,
      npm_config_offline: 'true',
      npm_config_update_notifier: 'false',
      LOG_FORMAT: 'json',
      PORT: this.ports.http,
      ADMIN_PORT: this.ports.admin,
      SCW_UPSTREAM_PORT: this.ports.upstream,
    };
  }
}

async function isReady(url: string): Promise<boolean> {
  const response = await fetch(url).catch(() => undefined);
  await response?.arrayBuffer();
  return response?.status === 200;
}
