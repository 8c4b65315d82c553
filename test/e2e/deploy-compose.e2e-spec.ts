import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DCLinter } from 'dclint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { toolPath } from '../../scripts/tools.mjs';
import { LifecycleConfig } from '../../src/lifecycle/lifecycle.config.js';
import { runTributary } from '../support/cli.js';
import {
  COMPOSE_FOLDER,
  type ComposeService,
  mountsOf,
  readComposeFile,
  serviceOf,
  sourceOf,
} from '../support/compose-file.js';
import { type NatsServer, startNatsServer } from '../support/nats-server.js';
import { blocksOf } from '../support/page-commands.js';
import { type PrometheusServer, startPrometheus } from '../support/prometheus-server.js';
import { freePort, type Host, ROOT, startHost, until } from '../support/start-host.js';

const FILE = readComposeFile();
const { services } = FILE;
const [host, nats, prometheus, grafana] = ['host', 'nats', 'prometheus', 'grafana'].map((name) =>
  serviceOf(FILE, name),
) as [ComposeService, ComposeService, ComposeService, ComposeService];
const DASHBOARD = join(ROOT, 'deploy/grafana/tributary.json');

interface LintResult {
  readonly messages: readonly { readonly rule: string }[];
}

/** The order in which things are told is ours. */
const RULES = { 'service-keys-order': 0, 'services-alphabetical-order': 0 } as const;

/** A variable without a value comes from the shell that runs compose: here it has none. */
const ENVIRONMENT = Object.fromEntries(
  Object.entries(host.environment ?? {}).filter((entry): entry is [string, string] => entry[1] !== null),
);

describe('the compose file', () => {
  it('is one by the schema of the Compose specification, and has nothing that a linter warns of', () => {
    const linter = new DCLinter({ rules: RULES, quiet: false, debug: false, exclude: [] });
    const findingsIn = (path: string) =>
      (linter.lintFiles([path], false) as LintResult[]).flatMap(({ messages }) => messages);
    expect(findingsIn(join(COMPOSE_FOLDER, 'compose.yaml'))).toEqual([]);
    const folder = mkdtempSync(join(tmpdir(), 'tributary-compose-'));
    const broken = join(folder, 'compose.yaml');
    writeFileSync(
      broken,
      readFileSync(join(COMPOSE_FOLDER, 'compose.yaml'), 'utf8').replace('depends_on', 'depend_on'),
    );
    expect(findingsIn(broken)).toEqual([expect.objectContaining({ rule: 'invalid-schema' })]);
    rmSync(folder, { recursive: true });
  });

  it('names only files that are there, volumes that it declares, and a stage of the Dockerfile', () => {
    const volumes = Object.values(services).flatMap(({ volumes = [] }) =>
      volumes.map((volume) => volume.split(':')[0]),
    );
    const missing = Object.values(services).flatMap((service) =>
      [...mountsOf(service).values()].filter((source) => !existsSync(source)),
    );
    expect(missing).toEqual([]);
    expect(new Set(volumes.filter((name) => !name?.startsWith('.')))).toEqual(new Set(Object.keys(FILE.volumes)));
    expect(existsSync(join(sourceOf(host, '/home/app/function'), 'handler.mjs'))).toBe(true);
    const { context = '', dockerfile = '', target = '' } = host.build ?? {};
    const text = readFileSync(join(ROOT, 'deploy/compose', context, dockerfile), 'utf8');
    expect(text).toMatch(new RegExp(`^FROM \\S+ AS ${target}$`, 'm'));
  });

  it('keeps no secret, pins each image, publishes on this machine alone, and says when a service is healthy', () => {
    for (const [name, { image = '', ports = [], healthcheck, environment = {} }] of Object.entries(services)) {
      const secrets = Object.entries(environment).filter(([key, value]) => /PASSWORD|TOKEN|SECRET/.test(key) && value);
      expect(secrets, name).toEqual([]);
      if (name !== 'host') expect(image, name).toMatch(/:v?\d+\.\d+\.\d+(-\w+)?$/);
      expect(
        ports.filter((port) => !port.startsWith('127.0.0.1:')),
        name,
      ).toEqual([]);
      expect(healthcheck, name).toBeDefined();
    }
    const waitedFor = Object.values(services).flatMap(({ depends_on = {} }) => Object.values(depends_on));
    expect(waitedFor.map(({ condition }) => condition)).toEqual(['service_healthy', 'service_healthy']);
  });

  it('configures a host that has nothing to warn of, and that ends before it is killed', async () => {
    const folder = sourceOf(host, '/home/app/function');
    const image = { SCW_HANDLER_PATH: join(folder, 'handler'), ADMIN_HOST: '0.0.0.0' };
    const { code, stdout, stderr } = await runTributary(['explain'], { ...image, ...ENVIRONMENT });
    expect(stderr).toBe('');
    expect(stdout).not.toMatch(/warning/i);
    expect(code).toBe(0);
    const wrong = await runTributary(['explain'], { ...image, ...ENVIRONMENT, TRIGGER_NATS_SUBJCT: 'x' });
    expect(wrong.code).toBe(78);
    const { graceMs } = new LifecycleConfig();
    expect(Number.parseInt(host.stop_grace_period ?? '', 10) * 1_000).toBeGreaterThan(graceMs);
  });

  it('shows Grafana the dashboard, and a Prometheus that is there', () => {
    const provisioning = '/etc/grafana/provisioning';
    const read = (path: string) => parse(readFileSync(sourceOf(grafana, join(provisioning, path)), 'utf8')) as unknown;
    const { providers } = read('dashboards/tributary.yaml') as { providers: { options: { path: string } }[] };
    const [folder = ''] = providers.map(({ options }) => options.path);
    expect(readdirSync(sourceOf(grafana, folder))).toContain('tributary.json');
    const home = grafana.environment?.['GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH'] ?? '';
    expect(sourceOf(grafana, home)).toBe(DASHBOARD);
    const { datasources } = read('datasources/prometheus.yaml') as { datasources: { type: string; url: string }[] };
    expect(datasources).toHaveLength(1);
    expect(datasources[0]?.type).toBe('prometheus');
    const { hostname, port } = new URL(datasources[0]?.url ?? '');
    expect(services[hostname]?.ports).toContain(`127.0.0.1:${port}:${port}`);
  });

  it('is what docs/deployment/compose.md starts', () => {
    const lines = blocksOf('docs/deployment/compose.md').flatMap((block) => block.trimEnd().split('\n'));
    const commands = lines.filter((line) => line.startsWith('docker '));
    expect(commands.length).toBeGreaterThan(2);
    for (const command of commands) {
      const [, path = '', rest = ''] = /^docker compose --file (\S+) (.*)$/.exec(command) ?? [];
      expect(existsSync(join(ROOT, path)), command).toBe(true);
      const [, service] = /^(?:exec|logs) (\w+)/.exec(rest) ?? [];
      if (service) expect(Object.keys(services), command).toContain(service);
    }
  });
});

const PROMETHEUS = toolPath('prometheus');
const PROMTOOL = toolPath('promtool');

// As compose starts them, but for the addresses: they are names of services there, and free ports of 127.0.0.1 here.
describe.runIf(process.env['CI'] || (PROMETHEUS && PROMTOOL && toolPath('nats-server')))(
  'the services of the compose file, together',
  () => {
    let folder: string;
    const started: { stop(): Promise<unknown> }[] = [];
    let natsServer: NatsServer;
    let tributary: Host;
    let monitor: PrometheusServer;

    const configOf = (service: ComposeService, flag: string) => {
      const [, path = ''] = new RegExp(`${flag}[= ](\\S+)`).exec((service.command ?? []).join(' ')) ?? [];
      return readFileSync(sourceOf(service, path), 'utf8');
    };

    /** Prometheus's file, with the files of rules that it names where they are in this repository. */
    const prometheusConfig = () =>
      configOf(prometheus, '--config.file').replaceAll(/\/etc\/prometheus\/[\w.]+/g, (path) =>
        sourceOf(prometheus, path),
      );

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'tributary-compose-'));
      const natsConfig = configOf(nats, '--config');
      expect(nats.volumes).toContain(`nats:${/store_dir: (\S+)/.exec(natsConfig)?.[1]}`);
      natsServer = await startNatsServer({
        config: natsConfig.replace('/data', join(folder, 'nats')),
        args: ['-m', String(await freePort())],
      });
      started.push(natsServer);
      expect(ENVIRONMENT['TRIGGER_NATS_URL']).toBe('nats://nats:4222');
      const handler = join(sourceOf(host, '/home/app/function'), 'handler');
      const env = { ...ENVIRONMENT, SCW_HANDLER_PATH: handler, TRIGGER_NATS_URL: natsServer.url };
      // A tick each second, not every 15: a test does not wait for it.
      tributary = await startHost({ env: { ...env, TRIGGER_CRON_SCHEDULE: '* * * * * *' } });
      started.push(tributary);
      const here = prometheusConfig()
        .replace("'host:9464'", `'${new URL(tributary.adminUrl).host}'`)
        .replace('interval: 5s', 'interval: 1s');
      expect(here.match(/127\.0\.0\.1|interval: 1s/g)).toHaveLength(2);
      const configFile = join(folder, 'prometheus.yml');
      writeFileSync(configFile, here);
      const args = (prometheus.command ?? []).map((arg) => arg.replace('/etc/prometheus/prometheus.yml', configFile));
      monitor = await startPrometheus(args.filter((arg) => !arg.startsWith('--storage.tsdb.path')));
      started.push(monitor);
    });

    afterAll(async () => {
      for (const one of started.toReversed()) await one.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    it('have a configuration that promtool has nothing against', () => {
      const check = (file: string) =>
        execFileSync(String(PROMTOOL), ['check', 'config', file], { encoding: 'utf8', stdio: 'pipe' });
      const whole = join(folder, 'whole.yml');
      writeFileSync(whole, prometheusConfig());
      expect(check(whole)).toMatch(/^ *SUCCESS: [1-9]\d* rules found$/m);
      const broken = join(folder, 'broken.yml');
      writeFileSync(broken, prometheusConfig().replace('targets', 'target'));
      expect(() => check(broken)).toThrow('target');
    });

    it('answer the commands of docs/deployment/compose.md', async () => {
      const [, commands = ''] = blocksOf('docs/deployment/compose.md');
      const [ask = '', queue = '', send = ''] = commands.replaceAll(/ +#.*$/gm, '').split('\n');
      const sh = async (line: string) => {
        const { stdout } = await promisify(execFile)('sh', [
          '-c',
          line.replace('http://127.0.0.1:8080', tributary.url),
        ]);
        return stdout;
      };
      expect(await sh(ask)).toBe('Hello, Ada!\n');
      expect(await sh(queue)).toMatch(/^HTTP\/1\.1 202 /);
      await tributary.outputs('Hello, Grace!');
      const [, args = ''] = /exec host tributary (.*)$/.exec(send) ?? [];
      const sent = await runTributary(args.replace('nats://nats:4222', natsServer.url).split(' '));
      expect(sent.stdout).toContain('Hello, Ada!');
      await tributary.outputs('cron: the tick planned for');
    });

    it('let Prometheus see the host, and the dashboard have an answer to each of its questions', async () => {
      await until(
        'Prometheus to have seen the host',
        async () => (await monitor.query('up{job="tributary"}'))[0] === 1,
      );
      const { panels } = JSON.parse(readFileSync(DASHBOARD, 'utf8')) as { panels: { targets?: { expr: string }[] }[] };
      const expressions = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
      // The others are of durable triggers and of traces, which this host has none of.
      const ofThisHost = expressions.filter((expression) => !/tributary_(nats_[dranct]|trace|dead)/.test(expression));
      expect(ofThisHost.length).toBeGreaterThan(15);
      for (const expression of expressions) {
        const asked = expression.replaceAll('$job', '.*').replaceAll('$__rate_interval', '1m');
        const isAnswered = async () => (await monitor.query(asked)).length > 0;
        if (ofThisHost.includes(expression)) await until(`an answer to ${asked}`, isAnswered);
        else await isAnswered();
      }
      await expect(monitor.query('sum(')).rejects.toThrow('parse error');
    });
  },
);
