import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runTributary } from '../support/cli.js';
import { HANDLERS, startHost } from '../support/start-host.js';

const HANDLER = { SCW_HANDLER_PATH: join(HANDLERS, 'host.cjs') };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'explain-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe.concurrent('tributary explain', () => {
  it('says for every trigger what becomes of each outcome, with the numbers of this configuration', async () => {
    const triggers = join(folder, 'triggers.yaml');
    writeFileSync(
      triggers,
      `triggers:
        - { name: nightly, type: cron, schedule: "0 3 * * *", timeZone: Europe/Paris, maxAttempts: 3, resultSubject: reports }
        - { name: each, type: cron, schedule: "* * * * *", shared: false, concurrencyPolicy: Allow }
        - { name: quotes, type: nats, subject: "quotes.*", queue: pricing }
        - { name: orders, type: nats, stream: ORDERS, subject: "orders.>", maxDeliver: 2, backoffMs: [2000], ackWaitMs: 45000, resultSubject: invoices }`,
    );
    const { code, stdout, stderr } = await runTributary(['explain'], {
      ...HANDLER,
      SCW_APPLICATION_NAME: 'shop',
      SUB_RUNTIME_WORKERS: '2',
      INVOCATION_TIMEOUT_MS: '10000',
      TRIGGER_HTTP_ASYNC: 'true',
      TRIGGER_NATS_URL: 'nats://nowhere.invalid',
      TRIGGERS_FILE: triggers,
    });
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ {2}at once {6}160 invocations in all; of each trigger up to 1000 more wait$/m);
    expect(stdout).toMatch(/^ {2}shutdown {5}25 s in all: 22 s for what is in flight, then SIGTERM/m);
    const [, http, queued, nightly, each, quotes, orders] = stdout.split('\n\n');
    expect(http).toMatch(/^http: HTTP on port 8080\n[^]*timed-out {4}504\n/);
    expect(queued).toContain('dead letter tributary.dead.shop.http.TRIBUTARY_INVOCATIONS.<sequence>');
    expect(queued).toContain('80 of those 160');
    expect(nightly).toContain('1 run over all replicas');
    expect(nightly).toContain('3 x 10 s + 1.5 x 6 s = 39 s');
    expect(nightly).toContain('then dead letter tributary.dead.shop.nightly.TRIBUTARY_TICKS.<sequence>');
    expect(nightly).toMatch(/^ {2}result {7}published to reports with the header Status/m);
    expect(nightly).toContain('output published; logged and counted');
    expect(each).toContain('output discarded; logged and counted');
    expect(orders).toContain('published to invoices');
    expect(each).toContain('each process runs every tick for itself');
    expect(each).toContain('80 invocations in this process');
    expect(each).toMatch(/failed {7}not tried again; then logged/);
    expect(quotes).toContain('one of queue group pricing gets each message');
    expect(orders).toContain('tried again after 2 s, each +-50 %');
    expect(orders).toContain('2 x 10 s + 1.5 x 2 s = 23 s');
    expect(orders).toContain('delivered again 45 s (ack wait)');
  });

  it('ends with what is allowed but hardly meant', async () => {
    const { code, stdout } = await runTributary(['explain'], { ...HANDLER, SHUTDOWN_GRACE_MS: '5000' });
    expect(stdout).toContain('5 s in all: 4 s for what is in flight, less than its deadline of 5 min');
    expect(stdout).toMatch(/\nwarning: INVOCATION_TIMEOUT_MS 300000 is beyond what a shutdown leaves, 5000 ms .*\n$/);
    expect(code).toBe(0);
  });

  it('refuses what a start refuses, with the same words and exit code', async () => {
    const wrong = {
      SCW_HANDLER_PATH: '/no/such/handler.js',
      TRIGGER_HTP_ENABLED: 'true',
      INVOCATION_TIMEOUT_MS: 'soon',
      TRIGGERS_FILE: folder,
    };
    const { code, stdout, stderr } = await runTributary(['explain'], wrong);
    const host = await startHost({ env: wrong, started: 'spawned' });
    expect(await host.exited).toEqual({ code, signal: null });
    expect(stderr).toBe(host.output());
    expect(stdout).toBe('');
    expect(code).toBe(78);
  });

  it('shows no secret', async () => {
    const { code, stdout } = await runTributary(['explain'], {
      ...HANDLER,
      SCW_APPLICATION_NAME: 'shop',
      TRIGGER_NATS_URL: 'nats://me:s3cret@nowhere.invalid',
      TRIGGER_NATS_SUBJECT: 'quotes',
      ADMIN_TOKEN: 's3cret-token',
      TRIGGER_CRON_SCHEDULE: '* * * * *',
      TRIGGER_CRON_ARGS: '{"key":"s3cret-args"}',
    });
    expect(code).toBe(0);
    expect(stdout).not.toContain('s3cret');
  });

  it('explains itself, and refuses arguments', async () => {
    const help = await runTributary(['explain', '--help']);
    expect(help.code).toBe(0);
    expect(help.stdout).toMatch(/Exit codes: 0 [^]*78/);
    const wrong = await runTributary(['explain', 'everything']);
    expect(wrong.code).toBe(64);
    expect(wrong.stderr).toMatch(/^tributary explain: [^\n]+\n$/);
  });
});
