import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { publint } from 'publint';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freePort, ROOT, until } from '../support/start-host.js';

/** The V8 version's hash stands behind the magic number. */
const VERSION_HASH_OFFSET = 4;

/** Bytes of all files but code caches, of which a build leaves one for each Node that it was used with; 7.2 MB today. */
const LARGEST_PACKAGE = 9_000_000;

let folder: string;
let unpacked: string;
let bundle: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-packaging-'));
  execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: ROOT, stdio: 'ignore' });
  const [archive] = readdirSync(folder);
  execFileSync('tar', ['--extract', '--no-same-owner', '--file', String(archive)], { cwd: folder });
  unpacked = join(folder, 'package');
  bundle = join(unpacked, 'dist/bundle');
  writeFileSync(join(folder, 'handler.mjs'), "export const handle = () => ({ statusCode: 200, body: 'packaged' });\n");
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const started: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((host) => host.stop()));
});

/** Runs `tributary start` from the unpacked package; `output` has what `NODE_DEBUG=tributary` says. */
async function startUnpacked(nodeOptions: readonly string[] = [], env: Record<string, string> = {}) {
  const port = await freePort();
  const child = spawn(process.execPath, [...nodeOptions, join(unpacked, 'bin/tributary.js'), 'start'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      NODE_DEBUG: 'tributary',
      PORT: String(port),
      TRIGGER_HTTP_HOST: '127.0.0.1',
      ADMIN_ENABLED: 'false',
      SCW_UPSTREAM_PORT: String(await freePort()),
      SCW_HANDLER_PATH: join(folder, 'handler.mjs'),
      SCW_PUBLIC: 'true',
      ...env,
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = once(child, 'close');
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  started.push({ stop });
  const answer = await until('an answer of the packaged host', async () => {
    if (child.exitCode !== null) throw new Error(`the packaged host ended:\n${output}`);
    const response = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
    return response?.ok && response.text();
  });
  return { answer, output: () => output, stop };
}

function cacheFile(): string {
  const file = readdirSync(bundle).find((name) => name.endsWith('.cache') && name.includes(process.version));
  return join(bundle, String(file));
}

/** Every file of the package, relative to it. */
function packagedFiles(): string[] {
  const entries = readdirSync(unpacked, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

describe('the package', () => {
  it('serves from what npm packs alone, with no node_modules at all, and uses its code cache', async () => {
    expect(readdirSync(unpacked)).not.toContain('node_modules');
    const { answer, output } = await startUnpacked();
    expect(answer).toBe('packaged');
    expect(output()).toContain('code cache used');
  });

  it('ignores a code cache of another version of V8, and makes the right one for the next start', async () => {
    const cache = readFileSync(cacheFile());
    cache.writeUInt32LE((cache.readUInt32LE(VERSION_HASH_OFFSET) ^ 1) >>> 0, VERSION_HASH_OFFSET);
    writeFileSync(cacheFile(), cache);
    const { ino } = statSync(cacheFile());

    const first = await startUnpacked();
    expect(first.answer).toBe('packaged');
    expect(first.output()).toContain('code cache rejected');
    await until('a new cache to be in its place', () => statSync(cacheFile()).ino !== ino);
    await first.stop();

    const second = await startUnpacked();
    expect(second.output()).toContain('code cache used');
  });

  it('does not use a code cache that others than its owner can write', async () => {
    chmodSync(cacheFile(), 0o666);
    const { answer, output } = await startUnpacked();
    expect(answer).toBe('packaged');
    expect(output()).toContain('code cache missing');
    chmodSync(cacheFile(), 0o644);
  });

  it('names no path of the machine that built it', () => {
    const telling = packagedFiles().filter((file) => readFileSync(file).includes(ROOT));
    expect(telling).toEqual([]);
  });

  it('has what a host needs, the licences of what is bundled, and neither sources nor tests', () => {
    const names = readdirSync(unpacked);
    expect(names).toEqual(expect.arrayContaining(['bin', 'dist', 'runtimes', 'package.json']));
    expect(names).not.toContain('src');
    expect(names).not.toContain('test');
    // The tests of examples are what `tributary init` makes.
    const own = packagedFiles().filter((file) => !file.startsWith(join(unpacked, 'examples')));
    expect(own.filter((file) => /[._](spec|test)[.]/.test(file))).toEqual([]);
    expect(packagedFiles().filter((file) => file.includes('__pycache__'))).toEqual([]);
    expect(readdirSync(join(unpacked, 'dist')).sort()).toEqual(['bundle', 'esm']);
    // Of the compiler's output only the types for people who write handlers.
    const compiled = readdirSync(join(unpacked, 'dist/esm'));
    expect(compiled.filter((name) => !name.startsWith('index.'))).toEqual([]);
    expect(compiled).toContain('index.d.ts');
    expect(readdirSync(bundle)).toEqual(expect.arrayContaining(['page.css', 'page.html', 'page.js']));
    expect(readFileSync(join(bundle, 'LICENCES.txt'), 'utf8')).toContain('=== fastify ');
  });

  it('has these folders and no others, and is not larger than it has to be', () => {
    const files = packagedFiles();
    expect([...new Set(files.map((file) => dirname(relative(unpacked, file))))].sort()).toEqual([
      '.',
      'bin',
      'dist/bundle',
      'dist/esm',
      'docs',
      // What `tributary init` copies.
      'examples/go',
      'examples/node',
      'examples/python',
      'examples/typescript',
      'runtimes/go',
      'runtimes/node',
      'runtimes/python3',
      'runtimes/python3/tributary_runtime',
      'schema',
    ]);
    const sizes = files.filter((file) => !file.endsWith('.cache')).map((file) => statSync(file).size);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(LARGEST_PACKAGE);
  });

  it('has nothing that publint finds fault with', async () => {
    const { messages } = await publint({ pkgDir: unpacked, strict: true, pack: false });
    expect(messages).toEqual([]);
  });

  it('makes a function of every language, and runs one, with what npm packs alone', () => {
    const tributary = (...args: string[]) =>
      execFileSync(process.execPath, [join(unpacked, 'bin/tributary.js'), ...args], {
        cwd: folder,
        encoding: 'utf8',
        env: { PATH: process.env['PATH'] },
        stdio: ['ignore', 'pipe', 'ignore'],
      });
    for (const language of ['node', 'typescript', 'python', 'go']) {
      tributary('init', language, language);
      const example = readdirSync(join(unpacked, 'examples', language));
      expect(readdirSync(join(folder, language))).toEqual(expect.arrayContaining(example));
      expect(example.length).toBeGreaterThan(3);
    }
    expect(readdirSync(join(folder, 'go/tributary-runtime'))).toContain('start.go');
    expect(tributary('invoke', '--handler', 'node/handler.js', '--data', 'Ada')).toBe('Hello Ada, from a function\n');
  });

  it('bundles nothing but dependencies for production, so that an audit of those sees all that ships', () => {
    interface LockFile {
      readonly packages: Readonly<Record<string, { readonly version: string; readonly dev?: boolean }>>;
    }
    const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as LockFile;
    const forProduction = Object.entries(packages).filter(([, { dev }]) => !dev);
    const audited = forProduction.map(([place, { version }]) => `${place.split('node_modules/').at(-1)} ${version}`);
    const licences = readFileSync(join(bundle, 'LICENCES.txt'), 'utf8');
    const bundled = [...licences.matchAll(/^=== (\S+ \S+) \(/gm)].map(([, bundledPackage]) => bundledPackage);
    expect(bundled.length).toBeGreaterThan(30);
    expect(audited).toEqual(expect.arrayContaining(bundled));
  });

  it('runs no script when it is installed', () => {
    const { scripts } = JSON.parse(readFileSync(join(unpacked, 'package.json'), 'utf8')) as { scripts: object };
    for (const hook of ['preinstall', 'install', 'postinstall', 'prepare']) expect(scripts).not.toHaveProperty(hook);
  });
});

// Last: with other options of Node, a start that lives for long makes a cache of its own.
/** Says on stderr what is loaded, and that a format of dates is made. */
const PROBE = `
  const { DateTimeFormat } = Intl;
  Intl.DateTimeFormat = function (...options) {
    process.stderr.write('PROBE Intl\\n');
    return new DateTimeFormat(...options);
  };
  const Module = require('node:module');
  const load = Module._load;
  Module._load = function (request, ...rest) {
    process.stderr.write('PROBE ' + request + '\\n');
    return load.call(this, request, ...rest);
  };
`;

/** What a start with `env`, and a request, load and use of that which not every host needs. */
async function loadedOnDemand(env: Record<string, string>): Promise<string[]> {
  const probe = join(folder, 'probe.cjs');
  writeFileSync(probe, PROBE);
  const { output } = await startUnpacked(['--require', probe], env);
  const loaded = [...output().matchAll(/^PROBE (?:node:)?(.*)$/gm)].map(([, name]) => String(name));
  expect(loaded).toContain('http');
  return ['./nats.cjs', './yaml.cjs', 'Intl', 'dns', 'http2', 'https', 'tls'].filter((name) => loaded.includes(name));
}

describe('a cold start', () => {
  it('loads nothing that a host of HTTP alone has no use for', async () => {
    expect(await loadedOnDemand({ ADMIN_ENABLED: 'true', ADMIN_PORT: String(await freePort()) })).toEqual([]);
  });

  it('loads the reader of a triggers file, and time zones, where there are some', async () => {
    const file = join(folder, 'triggers.yaml');
    writeFileSync(file, 'triggers: [{ name: nightly, type: cron, schedule: "0 3 * * *", timeZone: Europe/Paris }]\n');
    expect(await loadedOnDemand({ TRIGGERS_FILE: file })).toEqual(['./yaml.cjs', 'Intl']);
  });
});
