import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { validate } from 'dockerfile-utils';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importBaseImages, mountsOfBuilds } from '../support/base-images.js';
import { runTributary } from '../support/cli.js';
import { canRunContainers, type ContainerEngine, startContainerEngine } from '../support/container-engine.js';
import { packInto } from '../support/package-archive.js';
import { blocksOf } from '../support/page-commands.js';
import { HANDLERS, ROOT, until } from '../support/start-host.js';

const PAGE = 'docs/deployment/docker.md';
const COMMANDS = blocksOf(PAGE);
const [BUILD_IMAGES = '', RUN = '', RUN_WITH_ADMIN = ''] = COMMANDS;
const DOCKERFILES = blocksOf(PAGE, 'dockerfile');
const [JAVASCRIPT = '', WITH_PACKAGES = '', PYTHON = '', GO = '', WITH_NODE_OPTIONS = ''] = DOCKERFILES;
const PACKAGE_FOLDER = '/usr/local/lib/node_modules/tributary-host';

describe('the Dockerfiles', () => {
  const shipped = [
    'deploy/docker/Dockerfile',
    ...readdirSync(join(ROOT, 'examples')).map((name) => `examples/${name}/Dockerfile`),
  ];

  it('have nothing that a linter warns of', () => {
    const texts = shipped.flatMap((path) => {
      try {
        return [readFileSync(join(ROOT, path), 'utf8')];
      } catch {
        return [];
      }
    });
    expect(texts.length).toBeGreaterThan(4);
    for (const text of [...texts, ...DOCKERFILES]) expect(validate(text), text).toEqual([]);
    expect(validate('FROM node\nEXPOSE http\n')).not.toEqual([]);
  });

  it('are all there is code for on the page: nothing of it is left untested', () => {
    expect(COMMANDS).toHaveLength(3);
    expect(DOCKERFILES).toHaveLength(5);
  });
});

interface ImageConfig {
  readonly User: string;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly ExposedPorts: object;
  readonly WorkingDir: string;
  readonly StopSignal: string;
  readonly Labels: Readonly<Record<string, string>>;
}

describe.runIf(canRunContainers())('the images', () => {
  let engine: ContainerEngine;
  let folder: string;
  let nodeVersion: string;
  let hasGo: boolean;

  beforeAll(async () => {
    engine = await startContainerEngine(mountsOfBuilds());
    folder = mkdtempSync(join(tmpdir(), 'tributary-images-'));
    ({ nodeVersion, hasGo } = await importBaseImages(engine));
    // Every image that can be made here, by the lines of the page.
    const lines = hasGo ? BUILD_IMAGES : BUILD_IMAGES.replace(/^.*go-builder.*\n/m, '');
    const arguments_ = '--build-arg VERSION=1.2.3 --build-arg REVISION=abc';
    await built(ROOT, lines.replaceAll('docker build', `docker build ${arguments_}`));
  }, 600_000);

  afterAll(async () => {
    await engine?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function built(where: string, lines: string): Promise<void> {
    const { code, stdout, stderr } = await engine.build(where, `set -e\n${lines}`);
    expect(code, `${lines}\n${stdout}${stderr}`).toBe(0);
  }

  /** Runs lines where the containers listen; gives what they print. */
  async function sh(lines: string, where = folder): Promise<string> {
    const { code, stdout, stderr } = await engine.run(where, `set -e\n${lines}`);
    expect(code, `${lines}\n${stdout}${stderr}`).toBe(0);
    return stdout;
  }

  const configOf = async (image: string) =>
    JSON.parse(await sh(`docker image inspect --format '{{json .Config}}' ${image}`)) as ImageConfig;

  const healthOf = (container: string, path: string) =>
    engine.run(folder, `docker exec ${container} node /usr/local/lib/tributary/health.cjs ${path}`);

  const untilReady = (container: string) =>
    until(`${container} to be ready`, async () => {
      const running = await sh(`docker inspect --format '{{.State.Running}}' ${container}`);
      if (running.trim() !== 'true') throw new Error(await sh(`docker logs ${container} 2>&1`));
      return (await healthOf(container, '/readyz')).code === 0;
    });

  /** A folder with a function and a Dockerfile of the page, built as an image. */
  async function functionImage(name: string, dockerfile: string, fill: (place: string) => void): Promise<void> {
    const place = join(folder, name);
    mkdirSync(place);
    fill(place);
    writeFileSync(join(place, 'Dockerfile'), dockerfile);
    await built(place, `docker build --tag ${name} .`);
  }

  const example = (language: string) => (place: string) => {
    cpSync(join(ROOT, 'examples', language), place, { recursive: true });
  };

  /** Starts a function's image with nothing that can be written but /tmp; gives what it answers. */
  async function answerOf(name: string, port: number, options = '--tmpfs /tmp'): Promise<string> {
    await sh(
      `docker run --detach --name ${name} --read-only ${options} --env PORT=${port} --env ADMIN_PORT=${port + 1} ` +
        `--env SCW_APPLICATION_NAME=${name} --env SCW_PUBLIC=true --env NODE_DEBUG=tributary ${name}`,
    );
    await untilReady(name);
    return sh(`curl --silent --fail 'http://127.0.0.1:${port}/?name=Ada'`);
  }

  it('are for a user who is not root, with an init, a health check and a signal to stop', async () => {
    for (const image of ['tributary:node', 'tributary:python3', 'tributary:go']) {
      const config = await configOf(image);
      expect(config, image).toMatchObject({
        User: '1000:1000',
        Entrypoint: ['/usr/bin/tini', '--'],
        Cmd: ['tributary'],
        WorkingDir: '/home/app/function',
        StopSignal: 'SIGTERM',
        Labels: { 'org.opencontainers.image.version': '1.2.3', 'org.opencontainers.image.revision': 'abc' },
      });
      const health = await sh(`docker image inspect --format '{{json .HealthCheck.Test}}' ${image}`);
      expect(JSON.parse(health)).toEqual(['CMD', 'node', '/usr/local/lib/tributary/health.cjs', '/livez']);
      expect(Object.keys(config.ExposedPorts).sort()).toEqual(['8080/tcp', '9464/tcp']);
      expect(config.Env).toEqual(
        expect.arrayContaining(['SCW_HANDLER_PATH=/home/app/function/handler', 'ADMIN_HOST=0.0.0.0']),
      );
    }
  });

  it('have what npm packs, with a code cache for their Node, and none of it can be changed by the function', async () => {
    const packed = mkdtempSync(join(folder, 'packed-'));
    await sh(`tar -xzf '${packInto(packed)}' -C '${packed}'`);
    const list = 'find . -type f ! -name "*.cache" | sort';
    const inImage = (lines: string) =>
      sh(`docker run --rm --entrypoint sh tributary:node -c 'cd ${PACKAGE_FOLDER} && ${lines}'`);
    expect(await inImage(list)).toBe(await sh(list, join(packed, 'package')));
    const caches = (await inImage('ls dist/bundle/*.cache')).trim().split('\n');
    expect(caches).toEqual([expect.stringContaining(`-v${nodeVersion}-linux-`)]);
    expect(await inImage('find . /usr/local/lib/tributary /usr/local/bin -writable ! -type l')).toBe('');
  });

  it('serve a function in JavaScript by the commands of the page', async () => {
    await functionImage('greeter', JAVASCRIPT, example('node'));
    const [build, ...rest] = RUN.split('\n');
    await built(join(folder, 'greeter'), String(build));
    const [ask = ''] = rest.splice(-2);
    await sh(rest.join('\n'));
    await untilReady('greeter');
    expect(await sh(ask)).toBe('Hello Ada, from greeter\n');
    expect((await engine.run(folder, 'docker healthcheck run greeter')).code).toBe(0);
    // The API is there, and refuses whoever has no token; /metrics asks for none.
    const from = 'http://127.0.0.1:9464';
    expect(
      await sh(`curl --silent --output /dev/null --write-out '%{http_code}' -H 'Host: elsewhere' ${from}/api/triggers`),
    ).toBe('403');
    expect(await sh(`curl --silent --fail ${from}/metrics`)).toContain('tributary_ready 1');
  });

  it('run under an init that reaps, as user 1000, on a socket in /tmp', async () => {
    const processes = await sh(
      'docker exec greeter sh -c \'for p in /proc/[0-9]*; do tr "\\0" " " < $p/cmdline; echo; done\'',
    );
    expect(processes).toMatch(/^\/usr\/bin\/tini -- tributary $/m);
    expect(await sh('docker exec greeter cat /proc/1/comm')).toBe('tini\n');
    expect(await sh('docker exec greeter id -u')).toBe('1000\n');
    expect(await sh("docker exec greeter sh -c 'ls /tmp/tributary-*'")).toBe('0.sock\n');
    // An orphan that ends: whoever is its parent by now has to take notice.
    await sh('docker exec greeter sh -c \'sh -c "sleep 0.2 & echo"\'');
    await until('the orphan to be gone', async () => {
      const states = await sh("docker exec greeter sh -c 'cat /proc/[0-9]*/stat'");
      return !/\(sleep\)/.test(states) && !/\) Z /.test(states);
    });
  });

  it('say that they are unhealthy when the host does not answer, and end with 78 where they are configured wrongly', async () => {
    const wrong = await engine.run(folder, 'docker run --rm --env PORT=nonsense greeter');
    expect(wrong.code).toBe(78);
    expect(wrong.stdout + wrong.stderr).toContain('PORT');
    expect(
      (await engine.run(folder, 'docker run --rm --entrypoint node greeter /usr/local/lib/tributary/health.cjs')).code,
    ).toBe(0);
    const deaf = await engine.run(
      folder,
      'docker run --rm --env ADMIN_PORT=1 --entrypoint node greeter /usr/local/lib/tributary/health.cjs',
    );
    expect(deaf.code).toBe(1);
    expect(deaf.stdout).toContain('ECONNREFUSED');
    expect(await sh('docker run --rm --env SCW_PUBLIC=true greeter tributary explain')).toContain('HTTP');
  });

  it('let the function write to /tmp alone, and end what is in flight when they are stopped', async () => {
    await functionImage('confined', JAVASCRIPT, (place) => {
      cpSync(join(HANDLERS, 'confined.mjs'), join(place, 'handler.js'));
    });
    const url = 'http://127.0.0.1:8088';
    const folders = '/tmp,/etc,/home/app/function,/usr/local,/var/tmp';
    await answerOf('confined', 8088);
    const found = JSON.parse(await sh(`curl --silent --fail '${url}/?write=${folders}'`)) as object;
    expect(found).toMatchObject({ uid: 1000, writable: ['/tmp'] });
    const holding = sh(`curl --silent --fail '${url}/?hold=1500'`);
    await until('the invocation to run', async () =>
      (await sh('docker logs confined')).includes('holding for 1500 ms'),
    );
    await sh('docker stop confined');
    expect(JSON.parse(await holding)).toMatchObject({ uid: 1000 });
    expect(await sh("docker inspect --format '{{.State.ExitCode}}' confined")).toBe('0\n');
  });

  it('serve with packages from npm that the image is built with', async () => {
    await functionImage('packages', WITH_PACKAGES, (place) => {
      const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
        packages: Record<string, { version: string }>;
      };
      const yaml = lock.packages['node_modules/yaml'];
      const own = { name: 'packages', version: '1.0.0', type: 'module', dependencies: { yaml: yaml?.version } };
      writeFileSync(join(place, 'package.json'), JSON.stringify(own));
      const packages = { '': own, 'node_modules/yaml': yaml };
      writeFileSync(
        join(place, 'package-lock.json'),
        JSON.stringify({ ...own, lockfileVersion: 3, requires: true, packages }),
      );
      writeFileSync(
        join(place, 'handler.js'),
        "import { stringify } from 'yaml';\nexport const handle = () => ({ statusCode: 200, body: stringify({ packed: true }) });\n",
      );
    });
    expect(await answerOf('packages', 8090)).toBe('packed: true\n');
    // Made while the image was built: on this file system it could not be made now.
    expect(await sh('docker logs packages 2>&1')).toContain('code cache used');
  });

  it('serve with options of Node that have a code cache of their own', async () => {
    await functionImage('options', WITH_NODE_OPTIONS, example('node'));
    expect(await answerOf('options', 8092)).toBe('Hello Ada, from options\n');
    expect(await sh('docker logs options 2>&1')).toContain('code cache used');
  });

  it('serve a function in Python', async () => {
    await functionImage('python', PYTHON, example('python'));
    expect(await answerOf('python', 8094)).toBe('Hello Ada, from python\n');
  });

  it('serve as any other user, with no folder that can be written but /dev/shm', async () => {
    expect(await answerOf('greeter', 8096, '--replace --user 4242:4242')).toBe('Hello Ada, from greeter\n');
    expect(await sh("docker exec greeter sh -c 'ls /dev/shm/tributary-*'")).toBe('0.sock\n');
    expect((await engine.run(folder, 'docker exec greeter touch /tmp/x')).code).not.toBe(0);
  });

  // The first one compiles the standard library as well.
  it('compile and serve a function in Go, in the folder that tributary init makes', { timeout: 240_000 }, async () => {
    if (!hasGo) return;
    await runTributary(['init', 'go', join(folder, 'made')]);
    await functionImage('golang', GO, (place) => cpSync(join(folder, 'made'), place, { recursive: true }));
    expect(await answerOf('golang', 8098)).toBe('Hello Ada, from golang\n');
  });

  it('compile and serve a function in Go that only requires the library', { timeout: 240_000 }, async () => {
    if (!hasGo) return;
    await functionImage('lone', GO, (place) => {
      example('go')(place);
      const module = 'module example.com/lone\n\ngo 1.19\n\nrequire tributary.dev/runtime v0.0.0\n';
      writeFileSync(join(place, 'go.mod'), module);
    });
    expect(await answerOf('lone', 8100)).toBe('Hello Ada, from lone\n');
  });

  it('show operators with the token what they ask for', async () => {
    await sh('echo secret > admin-token && docker rm --force greeter');
    const lines = RUN_WITH_ADMIN.trimEnd().split('\n');
    const ask = String(lines.pop());
    await sh(lines.join('\n'));
    await untilReady('greeter-with-admin');
    expect(await sh(ask.replace('curl', 'curl --silent --fail'))).toContain('"name":"http"');
    expect(
      await sh(
        ask.replace('curl', "curl --silent --output /dev/null --write-out '%{http_code}'").replace('$(cat', '$(echo'),
      ),
    ).toBe('401');
  });
});
