import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InvocationSettledMessage } from '../../src/invocation/invocation.channel.js';
import { InvocationConfig } from '../../src/invocation/invocation.config.js';
import type { InvocationOutcome } from '../../src/invocation/invocation-outcome.js';
import { type InvocationLane, InvocationService } from '../../src/invocation/invocation.service.js';
import { planLaunch } from '../../src/invocation/sub-runtime/launch-plan.js';
import type { SubRuntimeStateMessage } from '../../src/invocation/sub-runtime/sub-runtime.channel.js';
import { SubRuntimeConfig } from '../../src/invocation/sub-runtime/sub-runtime.config.js';
import { SubRuntimePool } from '../../src/invocation/sub-runtime/sub-runtime.pool.js';
import type { WorkerState } from '../../src/invocation/sub-runtime/worker-state.js';
import { FACTOR, runs } from '../support/property-runs.js';
import { freePort, ROOT, until } from '../support/start-host.js';

/** Which state may follow which. */
const NEXT: Record<WorkerState | 'none', readonly WorkerState[]> = {
  none: ['starting'],
  starting: ['starting', 'ready', 'backing-off', 'stopping'],
  ready: ['starting', 'backing-off', 'stopping'],
  'backing-off': ['starting', 'stopping'],
  stopping: ['stopped'],
  stopped: [],
};

const MAX_IN_FLIGHT = 12;
const WORKERS = 2;

/** The real supervisor around real processes, and what it has told so far. */
class Supervised {
  readonly folder = mkdtempSync(join(tmpdir(), 'lifecycle-'));
  readonly states = new Map<number, WorkerState[]>();
  readonly settled = new Map<string, number>();
  readonly outcomes: Promise<InvocationOutcome>[] = [];
  readonly pool: SubRuntimePool;
  readonly service: InvocationService;
  readonly socketFolder: string;
  private readonly lanes: readonly InvocationLane[];
  private readonly modeFile = join(this.folder, 'mode');
  private readonly runsFile = join(this.folder, 'runs');
  private stopping: Promise<void> | undefined;

  constructor(upstreamPort: number) {
    this.become('serves');
    writeFileSync(this.runsFile, '');
    const invocation = Object.assign(new InvocationConfig(), {
      timeoutMs: 400,
      maxInFlight: MAX_IN_FLIGHT,
      maxQueue: 3,
    });
    const config = Object.assign(new SubRuntimeConfig(), {
      handlerPath: '/any',
      workers: WORKERS,
      startTimeoutMs: 700,
    });
    const settings = {
      ...config,
      runtimeBinary: process.execPath,
      runtimeBridge: join(ROOT, 'test/fixtures/unruly-sub-runtime.cjs'),
      upstreamPort,
    };
    const environment = { PATH: process.env['PATH'], UNRULY_MODE: this.modeFile, UNRULY_RUNS: this.runsFile };
    const plan = planLaunch(settings, environment, join(ROOT, 'runtimes'));
    this.socketFolder = plan.socketFolder ?? '';
    this.pool = new SubRuntimePool(config, invocation, { plan, processes: [] });
    this.service = new InvocationService(invocation, config, this.pool);
    subscribe('tributary.sub-runtime.state', this.onState);
    subscribe('tributary.invocation.settled', this.onSettled);
    const lane = {
      triggerName: 'a',
      triggerType: 'http',
      whenUnavailable: 'refuse',
      whenOverloaded: 'refuse',
    } as const;
    this.lanes = [
      this.service.openLane(lane),
      this.service.openLane({ ...lane, triggerName: 'b', whenUnavailable: 'wait', whenOverloaded: 'wait' }),
    ];
    this.pool.onModuleInit();
  }

  private readonly onState = (message: unknown): void => {
    const { worker, state } = message as SubRuntimeStateMessage;
    this.states.set(worker, [...(this.states.get(worker) ?? []), state]);
  };

  private readonly onSettled = (message: unknown): void => {
    const { requestId } = (message as InvocationSettledMessage).event;
    this.settled.set(requestId, (this.settled.get(requestId) ?? 0) + 1);
  };

  become(mode: string): void {
    writeFileSync(this.modeFile, mode);
  }

  invoke(payload: string, lane: number, startBy?: number): Promise<InvocationOutcome> {
    const requestId = `r-${this.outcomes.length}`;
    const outcome = this.service.invoke(this.lanes[lane] as InvocationLane, {
      requestId,
      payload,
      attempt: 1,
      ...(startBy !== undefined && { startBy }),
    });
    this.outcomes.push(outcome);
    return outcome;
  }

  /** Signals one of the processes, those of the leash among them. */
  signal(index: number, name: NodeJS.Signals): void {
    const pids = this.processes();
    const pid = pids[index % Math.max(1, pids.length)];
    try {
      if (pid !== undefined) process.kill(pid, name);
    } catch {
      // It has ended.
    }
  }

  /** All processes that have inherited the place of the sockets, in whatever group they are. */
  processes(): number[] {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
    return pids.filter((pid) => readOr(`/proc/${pid}/environ`).includes(this.socketFolder)).map(Number);
  }

  stop(graceMs: number): Promise<void> {
    this.service.refuseNew();
    this.stopping ??= this.pool.stop(graceMs);
    return this.stopping;
  }

  /** Permits that are taken, and invocations that wait. */
  load(): [number, number] {
    const { lanes } = this.service;
    const sum = (figures: number[]) => figures.reduce((total, figure) => total + figure, 0);
    return [sum(lanes.map(({ inFlight }) => inFlight)), sum(lanes.map(({ waiting }) => waiting))];
  }

  check(): void {
    const [running, queued] = this.load();
    expect(running).toBeGreaterThanOrEqual(0);
    expect(running).toBeLessThanOrEqual(MAX_IN_FLIGHT);
    expect(queued).toBeGreaterThanOrEqual(0);
    for (const states of this.states.values()) {
      for (const [index, state] of states.entries()) {
        expect(NEXT[states[index - 1] ?? 'none'], states.join(' > ')).toContain(state);
      }
    }
  }

  /** Ids of the invocations that began in a sub-runtime, once for each time. */
  begun(): string[] {
    return readFileSync(this.runsFile, 'utf8').split('\n').filter(Boolean);
  }

  forget(): void {
    unsubscribe('tributary.sub-runtime.state', this.onState);
    unsubscribe('tributary.invocation.settled', this.onSettled);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function readOr(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

interface Model {
  stopped: boolean;
}

type Step = fc.AsyncCommand<Model, Supervised>;

function step(name: string, run: (real: Supervised) => Promise<void> | void, more: Partial<Step> = {}): Step {
  return {
    check: () => true,
    run: async (_model, real) => {
      await run(real);
      real.check();
    },
    toString: () => name,
    ...more,
  };
}

const actions = [
  'answer',
  'late',
  'never',
  'exit',
  'answer and exit',
  'break',
  'garbage',
  'half',
  'child',
  'child in a session of its own',
  'deaf',
];
const modes = ['serves', 'dies', 'late', 'mute', 'ignores SIGTERM'];

const commands = fc.commands(
  [
    fc
      .tuple(fc.constantFrom(...actions), fc.nat({ max: 1 }), fc.integer({ min: 1, max: 4 }))
      .map(([action, lane, count]) =>
        step(`invoke ${action} x${count} on ${lane}`, (real) => {
          for (let i = 0; i < count; i++) void real.invoke(action, lane);
        }),
      ),
    fc.constantFrom(...modes).map((mode) => step(`next start: ${mode}`, (real) => real.become(mode))),
    fc
      .tuple(fc.nat({ max: 9 }), fc.constantFrom<NodeJS.Signals>('SIGKILL', 'SIGKILL', 'SIGTERM', 'SIGSTOP', 'SIGCONT'))
      .map(([index, name]) => step(`${name} to process ${index}`, (real) => real.signal(index, name))),
    // No wait for anything in particular: it puts what follows at another moment of what happens meanwhile.
    fc
      .integer({ min: 0, max: 300 })
      .map((ms) => step(`go on after ${ms} ms`, () => new Promise((resolve) => setTimeout(resolve, ms)))),
    fc.constant(
      step('go on once all is answered', async (real) => {
        await Promise.all(real.outcomes);
      }),
    ),
    fc.integer({ min: 0, max: 500 }).map((graceMs) =>
      step(`stop within ${graceMs} ms`, () => undefined, {
        check: ({ stopped }) => !stopped,
        run: async (model, real) => {
          model.stopped = true;
          void real.stop(graceMs);
          real.check();
        },
      }),
    ),
  ],
  { maxCommands: 12, size: 'max' },
);

/** It serves again whatever has happened. */
async function checkItGoesOn(real: Supervised): Promise<void> {
  real.become('serves');
  for (let index = 0; index < real.processes().length; index++) real.signal(index, 'SIGCONT');
  for (;;) {
    // One that begins in a process that is just dying crashes with it.
    const outcome = await real.invoke('answer', 1, Number.POSITIVE_INFINITY);
    if (outcome.kind === 'succeeded') return;
    expect(['crashed', 'failed', 'timed-out']).toContain(outcome.kind);
  }
}

async function checkNothingIsLeft(real: Supervised): Promise<void> {
  await real.stop(300);
  const outcomes = await Promise.all(real.outcomes);
  real.check();
  for (const states of real.states.values()) expect(states.at(-1)).toBe('stopped');
  expect(real.settled.size).toBe(outcomes.length);
  expect([...real.settled.values()].every((times) => times === 1)).toBe(true);
  expect(real.load()).toEqual([0, 0]);
  expect(new Set(real.begun()).size, 'something ran twice').toBe(real.begun().length);
  await until('every process to be gone', () => real.processes().length === 0, 5_000);
  expect(existsSync(real.socketFolder)).toBe(false);
}

describe('section 7: any interleaving of starts, crashes, timeouts and shutdowns', () => {
  it(
    'leaves the supervisor in a legal state, every invocation answered once, and no process',
    { timeout: 120_000 * FACTOR },
    async () => {
      await fc.assert(
        fc.asyncProperty(commands, async (steps) => {
          const real = new Supervised(await freePort());
          const model: Model = { stopped: false };
          try {
            await fc.asyncModelRun(() => ({ model, real }), steps);
            if (!model.stopped) await checkItGoesOn(real);
            await checkNothingIsLeft(real);
          } finally {
            await real.stop(0);
            real.forget();
          }
        }),
        // The same steps each time, as long as nobody looks for more.
        { seed: FACTOR > 1 ? undefined : 7, ...runs(30) },
      );
    },
  );
});
