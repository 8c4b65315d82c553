import { generateKeyPairSync } from 'node:crypto';
import type { Values } from './chart.js';
import type { Secrets } from './pod.js';

const { publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

const HANDLER = `export const handle = (event) => ({ statusCode: 200, body: event.body });\n`;
const FUNCTION = { public: true, files: { 'handler.mjs': HANDLER } };
const NATS = { url: 'nats://nats.nats:4222' };
const NIGHTLY = { name: 'nightly', type: 'cron', schedule: '0 3 * * *', timeZone: 'Europe/Paris', args: { top: 10 } };
const ORDERS = { name: 'orders', type: 'nats', stream: 'ORDERS', subject: 'orders.>', maxDeliver: 8 };
const LAG = { by: 'lag', natsMonitoring: 'nats-headless.nats:8222' };

/** The Secrets that the values below take for granted. */
export const SECRETS: Secrets = { nats: { 'a.password': 'p4ssword\n' } };

/** What people set, by what it is; each has to make objects that a cluster takes and a configuration that the host takes. */
export const CASES: Readonly<Record<string, Values>> = {
  'as little as possible': { function: FUNCTION },
  'a private function': {
    function: { ...FUNCTION, public: false, publicKey, applicationId: 'app', namespaceId: 'ns', version: '1.4' },
  },
  'a schedule in one process': { function: FUNCTION, replicas: 1, triggers: [NIGHTLY] },
  'a schedule in each of three processes': {
    function: FUNCTION,
    replicas: 3,
    triggers: [{ ...NIGHTLY, shared: false }],
  },
  'core NATS, without HTTP': {
    function: FUNCTION,
    http: { enabled: false },
    nats: NATS,
    triggers: [{ name: 'quotes', type: 'nats', subject: ['quotes.*', 'prices'], queue: 'pricing' }],
  },
  'a stream, scaled by what waits': {
    function: { ...FUNCTION, name: 'order_desk' },
    nats: NATS,
    triggers: [ORDERS, NIGHTLY],
    autoscaling: { ...LAG, maxReplicas: 20, scaledObject: { fallback: { failureThreshold: 3, replicas: 4 } } },
  },
  'a worker, scaled to zero': {
    function: FUNCTION,
    http: { enabled: false },
    nats: NATS,
    triggers: [ORDERS],
    autoscaling: { ...LAG, minReplicas: 0 },
  },
  'queued invocations, scaled by what waits': {
    function: FUNCTION,
    http: { async: true },
    nats: NATS,
    env: { TRIGGER_HTTP_RESULT_SUBJECT: 'results', TRIGGER_HTTP_MAX_IN_FLIGHT: 4 },
    autoscaling: LAG,
  },
  'scaled by CPU': {
    function: FUNCTION,
    autoscaling: { by: 'cpu', minReplicas: 3, behavior: { scaleDown: { stabilizationWindowSeconds: 600 } } },
  },
  'a StatefulSet with disks': {
    function: FUNCTION,
    kind: 'StatefulSet',
    volumeMounts: [{ name: 'data', mountPath: '/data' }],
    volumeClaimTemplates: [
      {
        metadata: { name: 'data' },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
      },
    ],
  },
  'secrets as files': {
    function: FUNCTION,
    nats: { ...NATS, url: 'tls://nats-0.nats:4222,tls://nats-1.nats:4223', user: 'shop' },
    triggers: [ORDERS],
    secrets: [
      { existingSecret: 'nats', files: { TRIGGER_NATS_PASSWORD_FILE: 'a.password' } },
      { name: 'admin', data: { token: 'one-two-three' }, files: { ADMIN_TOKEN_FILE: 'token' } },
    ],
    networkPolicy: { egress: { enabled: true } },
  },
  everything: {
    nameOverride: 'shop',
    image: {
      repository: 'images/shop',
      digest: `sha256:${'0123456789abcdef'.repeat(4)}`,
      pullSecrets: [{ name: 'r' }],
    },
    function: { ...FUNCTION, name: 'shop', workers: 2, timeoutMs: 20_000, memoryMb: 256 },
    http: { port: 3000, async: true },
    triggers: [ORDERS, NIGHTLY, { name: 'quotes', type: 'nats', subject: 'quotes.*', backoffMs: [1000, 67_108_864] }],
    nats: { ...NATS, streamReplicas: 3, user: 'shop' },
    secrets: [{ existingSecret: 'nats', files: { TRIGGER_NATS_PASSWORD_FILE: 'a.password' } }],
    env: {
      LOG_LEVEL: 'debug',
      SCW_PAYLOAD_MAX_SIZE: 6_291_456,
      SCW_ALLOW_FAVICON: true,
      DATABASE_URL: { valueFrom: { secretKeyRef: { name: 'database', key: 'url' } } },
    },
    envFrom: [{ secretRef: { name: 'shop' } }],
    admin: { host: '::', port: 9000 },
    shutdown: { delayMs: 8000, graceMs: 40_500, marginSeconds: 10 },
    service: { type: 'LoadBalancer', port: 8000, annotations: { a: 'b' } },
    ingress: {
      enabled: true,
      className: 'nginx',
      annotations: { a: 'b' },
      hosts: [{ host: 'shop.example.com', paths: ['/', '/api'] }],
      tls: [{ secretName: 'shop-tls', hosts: ['shop.example.com'] }],
    },
    autoscaling: {
      ...LAG,
      minReplicas: 2,
      scaledObject: {
        advanced: { restoreToOriginalReplicaCount: true },
        triggers: [{ type: 'cpu', metricType: 'Utilization', metadata: { value: '70' } }],
      },
    },
    podDisruptionBudget: { maxUnavailable: '25%' },
    updateStrategy: { type: 'Recreate' },
    serviceMonitor: { enabled: true, labels: { release: 'prometheus' } },
    networkPolicy: {
      httpFrom: [{ podSelector: {} }],
      egress: {
        enabled: true,
        nats: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'nats' } } }],
        rules: [{ to: [{ ipBlock: { cidr: '10.1.0.0/16' } }], ports: [{ port: 5432 }] }],
      },
    },
    serviceAccount: { name: 'shop', annotations: { a: 'b' } },
    shareProcessNamespace: true,
    nodeSelector: { pool: 'functions' },
    tolerations: [{ key: 'pool', operator: 'Exists', effect: 'NoSchedule' }],
    affinity: {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 1, podAffinityTerm: { topologyKey: 'kubernetes.io/hostname' } },
        ],
      },
    },
    priorityClassName: 'high',
    podLabels: { team: 'shop' },
    podAnnotations: { a: 'b' },
    volumes: [{ name: 'cache', emptyDir: {} }],
    volumeMounts: [{ name: 'cache', mountPath: '/cache' }],
  },
};
