import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { CHART, HELM, helmWith, type Labels, type Manifest, only, render, workloadOf } from '../support/chart.js';
import { CASES, SECRETS } from '../support/chart-values.js';
import { problemsOf } from '../support/kubernetes-schema.js';
import { containerOf, envOf, filesOf } from '../support/pod.js';

const podLabelsOf = (manifests: readonly Manifest[]): Labels => workloadOf(manifests).spec.template.metadata.labels;

function selects(selector: Labels, labels: Labels): boolean {
  return Object.entries(selector).every(([name, value]) => labels[name] === value);
}

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** Dotted paths of values and schema alike: where the schema has fixed keys, those. */
function pathsOfBoth(
  schema: Schema,
  values: unknown,
  path: readonly string[] = [],
): { known: string[]; given: string[] } {
  const own = (values ?? {}) as Readonly<Record<string, unknown>>;
  const isMap = schema.properties !== undefined && Object.keys(own).length > 0;
  if (!isMap) return { known: [path.join('.')], given: values === undefined ? [] : [path.join('.')] };
  const inner = Object.entries(schema.properties ?? {}).map(([key, of]) => pathsOfBoth(of, own[key], [...path, key]));
  return { known: inner.flatMap(({ known }) => known), given: inner.flatMap(({ given }) => given) };
}

/** By the name of its case. */
const rendered: Record<string, readonly Manifest[]> = {};

beforeAll(async () => {
  if (!HELM) return;
  for (const [name, values] of Object.entries(CASES)) rendered[name] = await render(values);
});

describe.runIf(HELM)('the chart', () => {
  it('has a default for each value that its schema knows', () => {
    const schema = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8')) as Schema;
    const values = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8')) as object;
    const { known, given } = pathsOfBoth(schema, values);
    expect(given.length).toBeGreaterThan(60);
    expect(known.filter((path) => path !== 'global')).toEqual(given);
  });

  it.each(['as little as possible', 'everything'])('%s: helm finds nothing to complain of', async (name) => {
    const { code, stdout } = await helmWith(CASES[name] ?? {}, 'lint', '--strict', CHART);
    expect(stdout).toContain('1 chart(s) linted, 0 chart(s) failed');
    expect(code).toBe(0);
  });

  it('a misspelt field, a wrong type or a missing one would be noticed', async () => {
    const text = JSON.stringify(workloadOf(rendered['as little as possible'] ?? []));
    const wrong: readonly (readonly [string, string, RegExp])[] = [
      ['"periodSeconds":1,', '"periodSecond":1,', /unknown field .*startupProbe.periodSecond$/],
      ['"replicas":2', '"replicas":"2"', /spec.replicas/],
      ['"name":"host",', '', /containers.0 must have required property name/],
    ];
    for (const [right, mistake, expected] of wrong) {
      const problems = await problemsOf(JSON.parse(text.replace(right, mistake)) as Manifest);
      expect(problems.join(), mistake).toMatch(expected);
    }
  });

  it('lets the pods reach NATS on the ports of its URL, whatever else is closed', async () => {
    const ports = async (url: string) => {
      const policy = { egress: { enabled: true } };
      const made = await render({ function: { public: true }, nats: { url }, networkPolicy: policy });
      const [dns, nats] = only(made, 'NetworkPolicy').spec.egress as { ports: { port: number }[] }[];
      expect(dns?.ports.map(({ port }) => port)).toEqual([53, 53]);
      return nats?.ports.map(({ port }) => port);
    };
    expect(await ports('nats://nats')).toEqual([4222]);
    expect(await ports('tls://a:4443, tls://b:4443/, tls://10.0.0.4:4444')).toEqual([4443, 4444]);
  });

  it('a change of triggers, code or its own secrets rolls the pods, another does not', async () => {
    const values = CASES['secrets as files'] ?? {};
    const annotations = async (more: object) =>
      JSON.stringify(workloadOf(await render({ ...values, ...more })).spec.template.metadata.annotations);
    const before = await annotations({});
    expect(await annotations({ service: { port: 81 } })).toBe(before);
    const [orders] = values['triggers'] as object[];
    const [nats] = values['secrets'] as object[];
    const admin = { name: 'admin', data: { token: 'another' }, files: { ADMIN_TOKEN_FILE: 'token' } };
    const changes = [
      { triggers: [{ ...orders, maxDeliver: 2 }] },
      { function: { public: true, files: { 'handler.mjs': 'export const handle = () => 1;' } } },
      { secrets: [nats, admin] },
    ];
    for (const change of changes) expect(await annotations(change), JSON.stringify(change)).not.toBe(before);
  });
});

describe.runIf(HELM).each(Object.keys(CASES))('the chart, %s', (name) => {
  let manifests: readonly Manifest[] = [];
  beforeAll(() => {
    manifests = rendered[name] ?? [];
  });

  it('makes objects that a cluster takes, without a field that it would not know', async () => {
    for (const manifest of manifests) expect(await problemsOf(manifest)).toEqual([]);
    const names = manifests.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    expect(names.length).toBeGreaterThan(4);
    expect(new Set(names).size).toBe(names.length);
  });

  it('selects its pods everywhere, and nothing else', () => {
    const labels = podLabelsOf(manifests);
    const selectors = manifests.flatMap(({ kind, spec }): Labels[] => {
      if (kind === 'Service') return [spec.selector];
      if (kind === 'NetworkPolicy') return [spec.podSelector.matchLabels];
      return ['Deployment', 'StatefulSet', 'PodDisruptionBudget'].includes(kind) ? [spec.selector.matchLabels] : [];
    });
    const spread = workloadOf(manifests).spec.template.spec.topologySpreadConstraints as {
      labelSelector: { matchLabels: Labels };
    }[];
    selectors.push(...spread.map(({ labelSelector }) => labelSelector.matchLabels));
    expect(selectors.length).toBeGreaterThan(5);
    for (const selector of selectors) {
      expect(Object.keys(selector).length).toBeGreaterThan(1);
      expect(selects(selector, labels)).toBe(true);
    }
    const test = manifests.find(({ kind }) => kind === 'Pod');
    for (const selector of selectors) expect(selects(selector, test?.metadata.labels ?? {})).toBe(false);
  });

  it('names ports that there are', () => {
    const ports = new Map<string, number>(
      (containerOf(manifests).ports as { name: string; containerPort: number }[]).map(({ name, containerPort }) => [
        name,
        containerPort,
      ]),
    );
    const { PORT, ADMIN_PORT } = envOf(manifests);
    expect(ports.get('http')).toBe(PORT === undefined ? undefined : Number(PORT));
    expect(ports.get('admin')).toBe(Number(ADMIN_PORT));
    const services = manifests.filter(({ kind }) => kind === 'Service');
    for (const { spec } of services) for (const { targetPort } of spec.ports) expect(ports.has(targetPort)).toBe(true);
    const { startupProbe, livenessProbe, readinessProbe } = containerOf(manifests);
    for (const { httpGet } of [startupProbe, livenessProbe, readinessProbe]) expect(httpGet.port).toBe('admin');
    const rules = (manifests.find(({ kind }) => kind === 'NetworkPolicy')?.spec.ingress ?? []) as {
      ports: { port: string }[];
    }[];
    expect(rules.length).toBe(ports.size);
    for (const rule of rules) for (const { port } of rule.ports) expect(ports.has(port)).toBe(true);
  });

  it('points at objects that there are', () => {
    const workload = workloadOf(manifests);
    const target = { apiVersion: 'apps/v1', kind: workload.kind, name: workload.metadata.name };
    const scaler = manifests.find(({ kind }) => ['ScaledObject', 'HorizontalPodAutoscaler'].includes(kind));
    if (scaler) expect(scaler.spec.scaleTargetRef).toEqual(target);
    // Who scales is not told how many there are at each upgrade.
    expect(workload.spec.replicas === undefined).toBe(scaler !== undefined);

    const { serviceAccountName } = workload.spec.template.spec as { serviceAccountName: string };
    only(manifests, 'ServiceAccount', serviceAccountName);
    if (workload.kind === 'StatefulSet') only(manifests, 'Service', workload.spec.serviceName as string);

    const monitor = manifests.find(({ kind }) => kind === 'ServiceMonitor');
    const wanted = (monitor?.spec.selector.matchLabels ?? {}) as Labels;
    const monitored = manifests.filter(
      ({ kind, metadata }) => kind === 'Service' && selects(wanted, metadata.labels ?? {}),
    );
    if (monitor) expect(monitored.map(({ spec }) => spec.ports[0].name)).toEqual([monitor.spec.endpoints[0].port]);

    const ingress = manifests.find(({ kind }) => kind === 'Ingress');
    for (const { http } of ingress?.spec.rules ?? []) {
      for (const { backend } of http.paths) {
        const { spec } = only(manifests, 'Service', backend.service.name as string);
        expect(spec.ports.map(({ name }: { name: string }) => name)).toContain(backend.service.port.name);
      }
    }
  });

  it('leaves the host the time that its shutdown takes', () => {
    const { SHUTDOWN_GRACE_MS, SHUTDOWN_DELAY_MS, INVOCATION_TIMEOUT_MS } = envOf(manifests);
    const { terminationGracePeriodSeconds: seconds } = workloadOf(manifests).spec.template.spec;
    expect(seconds * 1000).toBeGreaterThanOrEqual(Number(SHUTDOWN_GRACE_MS) + 5000);
    expect(Number(SHUTDOWN_GRACE_MS) - 3000).toBeGreaterThanOrEqual(
      Number(SHUTDOWN_DELAY_MS) + Number(INVOCATION_TIMEOUT_MS),
    );
    expect(Number(SHUTDOWN_DELAY_MS)).toBeGreaterThanOrEqual(5000);
  });

  it('mounts every file that a variable names', () => {
    const files = filesOf(manifests, SECRETS);
    const named = Object.entries(envOf(manifests)).filter(([name]) => name.endsWith('_FILE'));
    for (const [name, path] of named) expect([...files.keys()], name).toContain(path);
  });

  it('gives the pod nothing that it does not need', () => {
    const { spec } = workloadOf(manifests).spec.template;
    const { securityContext } = containerOf(manifests);
    expect(spec).toMatchObject({ automountServiceAccountToken: false, enableServiceLinks: false });
    expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    expect(securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    for (const { secret } of spec.volumes) if (secret) expect(secret.defaultMode).toBe(0o440);
    const tmp = (spec.volumes as { name: string; emptyDir?: object }[]).find(({ name }) => name === 'tmp');
    expect(tmp?.emptyDir).toBeDefined();
    expect(containerOf(manifests).volumeMounts).toContainEqual({ name: 'tmp', mountPath: '/tmp' });
  });
});
