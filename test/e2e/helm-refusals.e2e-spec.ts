import { describe, expect, it } from 'vitest';
import { HELM, template, type Values } from '../support/chart.js';

const PUBLIC = { function: { public: true } };
const NATS = { nats: { url: 'nats://nats:4222' } };
const NIGHTLY = { name: 'nightly', type: 'cron', schedule: '0 3 * * *' };
const ORDERS = { name: 'orders', type: 'nats', stream: 'ORDERS' };
const LAG = { by: 'lag', natsMonitoring: 'nats:8222' };

/** Values that must not reach a cluster, and what of helm's message tells what to do. */
const REFUSED: readonly (readonly [string, Values, string])[] = [
  ['a private function without a key', {}, 'function.publicKey: expected the key'],
  ['a value that does not exist', { ...PUBLIC, replica: 3 }, 'Additional property replica is not allowed'],
  ['a misspelt value', { function: { public: true, timoutMs: 1 } }, 'function: Additional property timoutMs'],
  ['a value of another type', { ...PUBLIC, replicas: 'two' }, 'replicas: Invalid type. Expected: integer'],
  ['another kind', { ...PUBLIC, kind: 'DaemonSet' }, 'kind: kind must be one of'],
  ['a trigger of another type', { ...PUBLIC, triggers: [{ name: 'a', type: 'kafka' }] }, 'triggers.0.type'],
  [
    'a trigger with an unknown key',
    { ...PUBLIC, ...NATS, triggers: [{ ...ORDERS, maxDelivery: 3 }] },
    'triggers.0: Additional property maxDelivery is not allowed',
  ],
  ['a schedule without a time', { ...PUBLIC, triggers: [{ name: 'a', type: 'cron' }] }, 'schedule is required'],
  ['two triggers of one name', { ...PUBLIC, ...NATS, triggers: [ORDERS, ORDERS] }, 'orders is there twice'],
  [
    'a NATS trigger without NATS',
    { ...PUBLIC, triggers: [ORDERS] },
    'triggers (orders): a NATS trigger needs nats.url',
  ],
  ['credentials in the URL', { ...PUBLIC, nats: { url: 'nats://me:pw@nats' } }, 'nats.url: Does not match pattern'],
  ['shared ticks without NATS', { ...PUBLIC, replicas: 1, triggers: [{ ...NIGHTLY, shared: true }] }, 'set nats.url'],
  [
    'a schedule that each of two replicas would run',
    { ...PUBLIC, triggers: [NIGHTLY] },
    'without NATS each of up to 2 replicas would run every tick',
  ],
  [
    'the same where more come by themselves',
    { ...PUBLIC, triggers: [NIGHTLY], autoscaling: { by: 'cpu' } },
    'without NATS each of up to 10 replicas',
  ],
  [
    'a schedule and no replica',
    { ...PUBLIC, ...NATS, replicas: 0, triggers: [NIGHTLY] },
    'replicas: a schedule (nightly) needs a replica',
  ],
  [
    'a schedule, scaled to zero',
    { ...PUBLIC, ...NATS, triggers: [ORDERS, NIGHTLY], autoscaling: { ...LAG, minReplicas: 0 } },
    'autoscaling.minReplicas: a schedule (nightly) needs a replica',
  ],
  [
    'HTTP, scaled to zero',
    { ...PUBLIC, ...NATS, triggers: [ORDERS], autoscaling: { ...LAG, minReplicas: 0 } },
    'no replica would answer HTTP',
  ],
  [
    'core NATS, scaled to zero',
    {
      ...PUBLIC,
      ...NATS,
      http: { enabled: false },
      triggers: [ORDERS, { name: 'quotes', type: 'nats', subject: 'quotes' }],
      autoscaling: { ...LAG, minReplicas: 0 },
    },
    'messages of core NATS (quotes) are lost',
  ],
  [
    'a secret that is neither',
    { ...PUBLIC, secrets: [{ name: 'a', files: { ADMIN_TOKEN_FILE: 'a' } }] },
    'secrets (a): expected either',
  ],
  ['a variable with nothing', { ...PUBLIC, env: { LOG_LEVEL: {} } }, 'env.LOG_LEVEL: valueFrom is required'],
  ['a budget of nothing', { ...PUBLIC, podDisruptionBudget: { maxUnavailable: 0 } }, 'maxUnavailable: Must be greater'],
  [
    'CPU that nobody requests',
    { ...PUBLIC, autoscaling: { by: 'cpu' }, resources: { requests: { cpu: null } } },
    'expected resources.requests.cpu',
  ],
  ['scaled to zero by CPU', { ...PUBLIC, autoscaling: { by: 'cpu', minReplicas: 0 } }, 'keeps at least 1'],
  ['more at least than at most', { ...PUBLIC, autoscaling: { by: 'cpu', minReplicas: 11 } }, '11 is beyond'],
  ['lag of nothing', { ...PUBLIC, ...NATS, autoscaling: LAG }, 'expected one with a stream under triggers'],
  [
    'lag that nobody tells',
    { ...PUBLIC, ...NATS, triggers: [ORDERS], autoscaling: { by: 'lag' } },
    'such as nats.nats',
  ],
  ['queued invocations without NATS', { ...PUBLIC, http: { async: true } }, 'http.async: requests are stored in NATS'],
  ['a variable that has a value', { ...PUBLIC, env: { SHUTDOWN_GRACE_MS: 1 } }, 'env.SHUTDOWN_GRACE_MS: another value'],
  ['a trigger by variables', { ...PUBLIC, env: { TRIGGER_CRON_SCHEDULE: '* * * * *' } }, 'as an entry of triggers'],
  ['a secret among the variables', { ...PUBLIC, env: { ADMIN_TOKEN: 'x' } }, 'env.ADMIN_TOKEN: write it as a file'],
  [
    'a secret that is both',
    { ...PUBLIC, secrets: [{ existingSecret: 'a', name: 'b', data: {}, files: { ADMIN_TOKEN_FILE: 'a' } }] },
    'secrets (b): expected either existingSecret, or name and data',
  ],
  [
    'a file of which nobody knows',
    { ...PUBLIC, secrets: [{ existingSecret: 'a', files: { TOKEN_FILE: 'a' } }] },
    'Additional property TOKEN_FILE is not allowed',
  ],
  [
    'a key that the secret does not have',
    { ...PUBLIC, secrets: [{ name: 'a', data: { token: 'x' }, files: { ADMIN_TOKEN_FILE: 'tokn' } }] },
    'ADMIN_TOKEN_FILE is tokn, but data has no such key',
  ],
  [
    'two files for one variable',
    {
      ...PUBLIC,
      secrets: [
        { existingSecret: 'a', files: { ADMIN_TOKEN_FILE: 'a' } },
        { existingSecret: 'b', files: { ADMIN_TOKEN_FILE: 'b' } },
      ],
    },
    'expected one file for ADMIN_TOKEN_FILE, got two',
  ],
  ['a grace that the delay uses up', { ...PUBLIC, shutdown: { graceMs: 5000 } }, 'the delay is part of the grace'],
  ['an Ingress without hosts', { ...PUBLIC, ingress: { enabled: true } }, 'ingress.hosts: expected at least one'],
  [
    'a strategy that a StatefulSet does not have',
    { ...PUBLIC, kind: 'StatefulSet', updateStrategy: { type: 'Recreate' } },
    'updateStrategy.type: a StatefulSet is updated by RollingUpdate or OnDelete, not by Recreate',
  ],
  [
    'a strategy that a Deployment does not have',
    { ...PUBLIC, updateStrategy: { type: 'OnDelete' } },
    'a Deployment is updated by RollingUpdate or Recreate, not by OnDelete',
  ],
  ["a volume of the chart's own", { ...PUBLIC, volumes: [{ name: 'tmp', emptyDir: {} }] }, 'a volume tmp already'],
  [
    'a volume where a secret is',
    {
      ...PUBLIC,
      secrets: [{ existingSecret: 'a', files: { ADMIN_TOKEN_FILE: 'a' } }],
      volumes: [{ name: 'secret-0', emptyDir: {} }],
    },
    'a volume secret-0 already',
  ],
  [
    'two volumes of one name',
    {
      ...PUBLIC,
      volumes: [
        { name: 'cache', emptyDir: {} },
        { name: 'cache', emptyDir: {} },
      ],
    },
    'a volume cache already',
  ],
  [
    'a label that selects the pods',
    { ...PUBLIC, podLabels: { 'app.kubernetes.io/name': 'shop' } },
    'podLabels: the pods are selected by app.kubernetes.io/name',
  ],
  ['disks of a Deployment', { ...PUBLIC, volumeClaimTemplates: [{}] }, 'set kind: StatefulSet'],
];

describe.runIf(HELM).concurrent('the chart refuses', () => {
  it.each(REFUSED)('%s', async (_what, values, expected) => {
    const { code, stdout, stderr } = await template(values);
    expect(stdout).toBe('');
    expect(stderr).toContain(expected);
    expect(code).toBe(1);
  });

  it('all that is wrong at once, in a few lines', async () => {
    const { stderr } = await template({ triggers: [NIGHTLY, ORDERS], env: { ADMIN_TOKEN: 'x' } });
    const [, ...lines] = stderr.split('\n').filter((line) => line.startsWith('  ') || line.includes('not valid:'));
    expect(lines.map((line) => /^  ([^:]+):/.exec(line)?.[1])).toEqual([
      'function.publicKey',
      'triggers (orders)',
      'triggers (nightly)',
      'env.ADMIN_TOKEN',
    ]);
  });
});
