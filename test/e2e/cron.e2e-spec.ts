import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '@nats-io/transport-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type NatsServer, startNatsServer } from '../support/nats-server.js';
import { type Host, type HostOptions, startHost, until } from '../support/start-host.js';

/** Writes down every run; its args say what it does. */
const HANDLER = `
const { appendFileSync } = require('node:fs');
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const note = (run) => appendFileSync(process.env.RUNS_FILE, JSON.stringify(run) + '\\n');
const runOf = (handler) => async (event, context) => {
  const args = event.body ? JSON.parse(event.body) : {};
  note({ begins: Date.now(), handler, event, context });
  await pause(args.ms ?? 0);
  note({ ends: Date.now() });
  if (event.cron.attempt <= (args.failures ?? 0)) return { statusCode: 503, headers: { 'Retry-After': '0' } };
  return { statusCode: 200, headers: { 'X-Kind': 'report' }, body: 'the-output-of-the-function' };
};
exports.handle = runOf('handle');
exports.report = runOf('report');
`;

interface CronEvent {
  readonly body: string;
  readonly requestContext: { readonly triggerName: string; readonly requestId: string };
  readonly cron: {
    readonly schedule: string;
    readonly timeZone: string;
    readonly scheduledAt: string;
    readonly attempt: number;
  };
}
interface Run {
  readonly begins: number;
  readonly handler: string;
  readonly event: CronEvent;
  readonly context: { readonly requestId: string; readonly attempt: number };
}

const EVERY_SECOND = '* * * * * *';
const hosts: Host[] = [];
let folder: string;
let runsFile: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-cron-'));
  runsFile = join(folder, 'runs.jsonl');
  writeFileSync(join(folder, 'handler.cjs'), HANDLER);
});

afterEach(async () => {
  for (const host of hosts) host.child.kill('SIGCONT');
  await Promise.all(hosts.splice(0).map((host) => host.stop('SIGKILL')));
  rmSync(folder, { recursive: true, force: true });
});

async function start(env: Record<string, string>, started?: HostOptions['started']): Promise<Host> {
  const host = await startHost({
    started,
    env: { SCW_HANDLER_PATH: join(folder, 'handler.cjs'), RUNS_FILE: runsFile, SCW_APPLICATION_NAME: 'shop', ...env },
  });
  hosts.push(host);
  return host;
}

function lines(): Partial<Run & { ends: number }>[] {
  if (!existsSync(runsFile)) return [];
  const complete = readFileSync(runsFile, 'utf8').split('\n').slice(0, -1);
  return complete.map((line) => JSON.parse(line) as Partial<Run & { ends: number }>);
}

/** In the order in which they began. */
const runs = (): Run[] => lines().filter((line): line is Run => line.begins !== undefined);
const untilRuns = (count: number) => until(`${count} runs`, () => runs().length >= count && runs());
const plannedInstants = (): number[] => runs().map(({ event }) => Date.parse(event.cron.scheduledAt));

/** The planned instants that were run, of those after `since`: a tick that waits for the start of the function makes the next ones be skipped. */
const instantsAfter = (since: number) => plannedInstants().filter((instant) => instant > since);
const untilInstants = (count: number, since: number) =>
  until(`${count} ticks`, () => instantsAfter(since).length >= count && instantsAfter(since));
const consecutive = (instants: number[]) => instants.map((_, index) => (instants[0] ?? 0) + index * 1_000);

/** How many runs were under way at once, at most. */
function mostAtOnce(): number {
  let [current, most] = [0, 0];
  for (const { begins } of lines()) {
    current += begins === undefined ? -1 : 1;
    most = Math.max(most, current);
  }
  return most;
}

describe('the cron trigger', () => {
  it('section 1: runs the function every second with six fields', async () => {
    await start({ TRIGGER_CRON_SCHEDULE: EVERY_SECOND });
    const since = Date.now();
    const instants = await untilInstants(4, since);
    expect(instants.every((instant) => instant % 1_000 === 0)).toBe(true);
    expect(instants).toEqual(consecutive(instants));
    expect(runs().every(({ begins, event }) => begins >= Date.parse(event.cron.scheduledAt))).toBe(true);
  });

  it("discards the handler's output", async () => {
    const host = await start({ TRIGGER_CRON_SCHEDULE: EVERY_SECOND });
    const line = await host.log(({ trigger, msg }) => trigger === 'cron' && msg === 'invocation succeeded');
    expect(line).toMatchObject({ type: 'cron', status: 200, level: 'info' });
    expect(host.output()).not.toContain('the-output-of-the-function');
    expect(host.output()).not.toContain('X-Kind');
  });

  it('section 3: the event has args as body, the time zone, the planned instant and the id of the tick', async () => {
    await start({
      TRIGGER_CRON_SCHEDULE: EVERY_SECOND,
      TRIGGER_CRON_TIME_ZONE: 'Australia/Lord_Howe',
      TRIGGER_CRON_ARGS: '{"report":"däily"}',
    });
    const [run] = await untilRuns(1);
    const { scheduledAt } = run?.event.cron ?? { scheduledAt: '' };
    const requestId = `shop/cron@${new Date(scheduledAt).toISOString()}`;
    expect(run?.event).toMatchObject({
      resource: 'cron',
      httpMethod: 'POST',
      path: '/',
      body: '{"report":"däily"}',
      isBase64Encoded: false,
      requestContext: { eventType: 'cron', triggerName: 'cron', requestId },
      cron: { schedule: EVERY_SECOND, timeZone: 'Australia/Lord_Howe', scheduledAt, attempt: 1 },
    });
    expect(run?.context).toMatchObject({ requestId, attempt: 1 });
  });

  it('section 1: Forbid skips a tick while the last run is not over, and logs it', async () => {
    const host = await start({ TRIGGER_CRON_SCHEDULE: EVERY_SECOND, TRIGGER_CRON_ARGS: '{"ms":2500}' });
    const line = await host.log(({ msg }) => /tick was skipped/.test(String(msg)));
    expect(line).toMatchObject({ level: 'warn', trigger: 'cron', skipped: 1 });
    await untilRuns(3);
    expect(mostAtOnce()).toBe(1);
  });

  it('section 1: Allow runs ticks beside each other', async () => {
    await start({
      TRIGGER_CRON_SCHEDULE: EVERY_SECOND,
      TRIGGER_CRON_ARGS: '{"ms":30000}',
      TRIGGER_CRON_CONCURRENCY_POLICY: 'Allow',
    });
    await untilRuns(3);
    expect(mostAtOnce()).toBe(3);
  });

  it('section 1: a failed tick runs again while attempts remain', async () => {
    await start({
      TRIGGER_CRON_SCHEDULE: EVERY_SECOND,
      TRIGGER_CRON_ARGS: '{"failures":2}',
      TRIGGER_CRON_MAX_ATTEMPTS: '3',
    });
    const [first, second, third, next] = await untilRuns(4);
    const ids = [first, second, third].map((run) => run?.event.requestContext.requestId);
    expect(new Set(ids).size).toBe(1);
    expect([first, second, third].map((run) => run?.context.attempt)).toEqual([1, 2, 3]);
    expect(next?.context).toMatchObject({ attempt: 1 });
  });

  it('section 1: a stalled process skips no tick that is within its deadline', async () => {
    const host = await start({ TRIGGER_CRON_SCHEDULE: EVERY_SECOND });
    const since = Date.now();
    await untilInstants(1, since);
    host.child.kill('SIGSTOP');
    const before = runs().length;
    // The stall itself: nothing can be awaited of a process that stands still.
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(runs().length - before).toBeLessThanOrEqual(1);
    host.child.kill('SIGCONT');
    const instants = await untilInstants(7, since);
    expect(instants).toEqual(consecutive(instants));
    const complaints = host
      .logs()
      .filter(({ msg, time }) => /tick/.test(String(msg)) && Date.parse(String(time)) > since);
    expect(complaints).toEqual([]);
  });

  it('section 1: what is beyond its deadline after a stall is missed, and logged once with the count', async () => {
    const host = await start({ TRIGGER_CRON_SCHEDULE: EVERY_SECOND, TRIGGER_CRON_STARTING_DEADLINE_MS: '400' });
    await untilRuns(1);
    host.child.kill('SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    host.child.kill('SIGCONT');
    const line = await host.log(({ msg }) => /ticks were missed/.test(String(msg)));
    expect(line['missed']).toBeGreaterThanOrEqual(2);
    expect(line).toMatchObject({ level: 'warn', trigger: 'cron' });
  });

  it('section 1: a tick that cannot begin before its deadline is missed, counted and logged', async () => {
    const host = await start(
      {
        TRIGGER_CRON_SCHEDULE: EVERY_SECOND,
        TRIGGER_CRON_STARTING_DEADLINE_MS: '500',
        SCW_RUNTIME_BINARY: '/bin/false',
        SCW_RUNTIME_BRIDGE: join(folder, 'handler.cjs'),
      },
      'listening',
    );
    const isMiss = ({ msg }: Record<string, unknown>) =>
      /could not begin before its starting deadline/.test(String(msg));
    expect(await host.log(isMiss)).toMatchObject({ level: 'warn', trigger: 'cron', missed: 1 });
    expect(await host.log((line) => isMiss(line) && line['missed'] === 2)).toMatchObject({ level: 'warn' });
    expect(runs()).toEqual([]);
  });

  it('design, the end of a life: nothing fires after the shutdown began', async () => {
    const host = await start({ TRIGGER_CRON_SCHEDULE: EVERY_SECOND, SHUTDOWN_DELAY_MS: '2500' });
    await untilRuns(1);
    const ended = host.stop('SIGTERM');
    const { time } = await host.log(({ msg }) => String(msg).startsWith('Shutting down'));
    expect(await ended).toEqual({ code: 0, signal: null });
    const began = Date.parse(String(time));
    expect(plannedInstants().filter((instant) => instant > began)).toEqual([]);
    expect(Date.now() - began).toBeGreaterThanOrEqual(2_400);
  });

  it('design, the end of a life: ends while an attempt is awaited, and makes it no more', async () => {
    const host = await start({
      TRIGGER_CRON_SCHEDULE: EVERY_SECOND,
      TRIGGER_CRON_ARGS: '{"failures":1}',
      TRIGGER_CRON_MAX_ATTEMPTS: '9',
      SCW_HANDLER_NAME: 'missing',
    });
    await host.log(({ msg, trigger }) => trigger === 'cron' && msg === 'invocation failed');
    expect(await host.stop('SIGTERM')).toEqual({ code: 0, signal: null });
    await host.outputs('A tick was given up: the host is shutting down');
  });

  it('section 2: schedules of the triggers file run with their own handlers, beside the one of the environment', async () => {
    const file = join(folder, 'triggers.yaml');
    writeFileSync(
      file,
      `triggers:\n  - { name: nightly, type: cron, schedule: "* * * * * *", args: { report: daily }, handler: report }\n`,
    );
    await start({ TRIGGER_CRON_SCHEDULE: EVERY_SECOND, TRIGGERS_FILE: file });
    const of = (name: string) => runs().find(({ event }) => event.requestContext.triggerName === name);
    const nightly = await until('a run of nightly', () => of('nightly'));
    const cron = await until('a run of cron', () => of('cron'));
    expect([nightly.handler, nightly.event.body]).toEqual(['report', '{"report":"daily"}']);
    expect([cron.handler, cron.event.body]).toEqual(['handle', '']);
  });

  it('section 1: an instant that several schedules of a union name fires once', async () => {
    await start({ TRIGGER_CRON_SCHEDULE: `${EVERY_SECOND}; */1 * * * * *`, TRIGGER_CRON_CONCURRENCY_POLICY: 'Allow' });
    await untilRuns(3);
    const instants = plannedInstants();
    expect(new Set(instants).size).toBe(instants.length);
  });

  it('section 1: a schedule that never comes is refused at start by name, with exit code 78', async () => {
    const host = await start(
      { TRIGGER_CRON_SCHEDULE: '0 0 31 2 *', TRIGGER_CRON_TIME_ZONE: 'Mars/Olympus' },
      'spawned',
    );
    expect(await host.exited).toEqual({ code: 78, signal: null });
    expect(host.output()).toContain('TRIGGER_CRON_SCHEDULE: expected');
    expect(host.output()).toContain('TRIGGER_CRON_TIME_ZONE: expected');
  });
});

describe('with NATS', () => {
  let server: NatsServer;
  beforeEach(async () => void (server = await startNatsServer()));
  afterEach(() => server.stop());

  it('section 1: publishes the outcome of each tick to the result subject', async () => {
    const client = await connect({ servers: server.url });
    const results = client.subscribe('reports.done', { max: 1 });
    await client.flush();
    const host = await start({
      TRIGGER_NATS_URL: server.url,
      TRIGGER_CRON_SCHEDULE: EVERY_SECOND,
      TRIGGER_CRON_RESULT_SUBJECT: 'reports.done',
      TRIGGER_CRON_SHARED: 'false',
    });
    for await (const message of results) {
      expect(message.string()).toBe('the-output-of-the-function');
      expect(message.headers?.get('Status')).toBe('200');
      expect(message.headers?.get('Tributary-Request-Id')).toMatch(/^shop\/cron@\d{4}-/);
    }
    await client.close();
    await host.outputs('local, each process runs it for itself');
  });
});
