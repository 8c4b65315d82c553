import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../config/free-port.js';
import { packageRoot } from '../config/package-root.js';
import type { InvocationOutcome } from './invocation-outcome.js';
import { readOutcome } from './read-outcome.js';
import { type LaunchPlan, launchSettingsOf, planLaunch } from './sub-runtime/launch-plan.js';
import { relayLines } from './sub-runtime/output-relay.js';
import { type Upstream, untilListening } from './sub-runtime/readiness-probe.js';
import { createSubRuntimeClient, type SubRuntimeClient } from './sub-runtime/sub-runtime.client.js';
import {
  type Exit,
  removeSocketFolder,
  startSubRuntimeProcess,
  type SubRuntimeProcess,
} from './sub-runtime/sub-runtime-process.js';

export interface LoneSubRuntimeOptions {
  /** What starts it; by default what the host would start for the variables. */
  readonly command?: readonly [string, ...string[]] | undefined;
  /** Its whole environment, as the host would have it: the `SCW_*` variables, `PATH`, and whatever else it needs. Without
   * `SCW_UPSTREAM_PORT` it gets a port that is free. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Milliseconds that it has to listen. */
  readonly startTimeoutMs: number;
  /** Bytes. */
  readonly maxResponseSize: number;
  /** Called for each line of its output. */
  readonly onLine: (line: string) => void;
}

/** Time for what it has printed to be read, where a descendant that left its group holds its output open. */
const LAST_LINES_MS = 1_000;

/** One sub-runtime without a host, started and talked to by the host's own code. */
export class LoneSubRuntime {
  readonly exited: Promise<Exit>;
  private readonly client: SubRuntimeClient;

  private constructor(
    private readonly plan: LaunchPlan,
    private readonly process: SubRuntimeProcess,
    readonly upstream: Upstream,
    private readonly maxResponseSize: number,
    private readonly untilRead: () => Promise<unknown>,
  ) {
    this.client = createSubRuntimeClient(upstream, maxResponseSize);
    this.exited = process.exited;
  }

  /** Resolves when it accepts connections; rejects where there is nothing to start, or it does not listen, with why. */
  static async start(options: LoneSubRuntimeOptions): Promise<LoneSubRuntime> {
    const plan = await planOf(options);
    const process = startSubRuntimeProcess(plan, 0);
    const streams = [process.stdout, process.stderr];
    for (const stream of streams) relayLines(stream, options.onLine);
    const allRead = Promise.allSettled(streams.map((stream) => finished(stream)));
    const untilRead = () => Promise.race([allRead, delay(LAST_LINES_MS, undefined, { ref: false })]);
    try {
      const upstream = await untilListening(process, options.startTimeoutMs);
      return new LoneSubRuntime(plan, process, upstream, options.maxResponseSize, untilRead);
    } catch (error) {
      await process.kill();
      await untilRead();
      removeSocketFolder(plan);
      throw error;
    }
  }

  /** Sends a request, and reads the answer as the host does. Rejects where no connection was made. */
  send(body: string, headers: string[]): Promise<InvocationOutcome> {
    return new Promise((resolve, reject) => {
      this.client.send(body, headers, (result) => {
        if (result.kind === 'not-sent') reject(new Error(`no connection was made: ${result.message}`));
        else resolve(readOutcome(result, this.maxResponseSize));
      });
    });
  }

  /** Sends SIGTERM; `exited` resolves when it has ended. */
  terminate(): void {
    this.process.terminate();
  }

  /** Ends it and all its descendants at once; resolves when all that they printed has been handed over. */
  async stop(): Promise<void> {
    this.client.close();
    await this.process.kill();
    await this.untilRead();
    removeSocketFolder(this.plan);
  }
}

async function planOf({ command, environment }: LoneSubRuntimeOptions): Promise<LaunchPlan> {
  const variables = { ...environment, SCW_UPSTREAM_PORT: environment['SCW_UPSTREAM_PORT'] ?? String(await freePort()) };
  const settings = launchSettingsOf(variables);
  const runtimesFolder = join(packageRoot(), 'runtimes');
  if (!command) return planLaunch(settings, variables, runtimesFolder);
  return { ...planLaunch({ ...settings, runtimeBinary: command[0] }, variables, runtimesFolder), command };
}
