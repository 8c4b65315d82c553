import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { packageRoot } from '../config/package-root.js';
import { messageOf } from '../errors.js';
import { InvocationConfig } from '../invocation/invocation.config.js';
import type { InvocationOutcome } from '../invocation/invocation-outcome.js';
import { requestBody, requestHeaders, requestSuffix, requestTemplate } from '../invocation/invocation-request.js';
import { readOutcome } from '../invocation/read-outcome.js';
import { type LaunchPlan, launchSettingsOf, planLaunch } from '../invocation/sub-runtime/launch-plan.js';
import { relayLines } from '../invocation/sub-runtime/output-relay.js';
import { type Upstream, untilListening } from '../invocation/sub-runtime/readiness-probe.js';
import { createSubRuntimeClient, type SubRuntimeClient } from '../invocation/sub-runtime/sub-runtime.client.js';
import {
  type Exit,
  removeSocketFolder,
  startSubRuntimeProcess,
  type SubRuntimeProcess,
} from '../invocation/sub-runtime/sub-runtime-process.js';
import type { ConformanceTarget } from './conformance-target.js';
import { RawConnection } from './raw-connection.js';

const START_TIMEOUT_MS = 30_000;
const OUTPUT_TIMEOUT_MS = 10_000;

/** What the host says of the function; `context` bears it. */
export const FUNCTION = { memory: 256, name: 'conformance', version: '7' } as const;

const config: InvocationConfig = Object.assign(new InvocationConfig(), {
  applicationMemory: FUNCTION.memory,
  applicationName: FUNCTION.name,
  applicationVersion: FUNCTION.version,
});

export interface InvocationOptions {
  readonly requestId?: string;
  /** Epoch milliseconds. */
  readonly deadline?: number;
  readonly attempt?: number;
  readonly handlerPath?: string;
}

/** A sub-runtime, started and talked to by the host's own code. */
export class SubRuntimeUnderTest {
  readonly exited: Promise<Exit>;
  /** Lines of both streams, as they came. */
  readonly output: string[] = [];
  private readonly client: SubRuntimeClient;
  private ended = false;

  private constructor(
    private readonly target: ConformanceTarget,
    private readonly plan: LaunchPlan,
    private readonly process: SubRuntimeProcess,
    readonly upstream: Upstream,
    output: string[],
  ) {
    this.output = output;
    this.client = createSubRuntimeClient(upstream, config.maxResponseSize);
    this.exited = process.exited;
    void this.exited.then(() => (this.ended = true));
  }

  /** Resolves when it accepts connections; rejects with what it printed where it does not. */
  static async start(target: ConformanceTarget): Promise<SubRuntimeUnderTest> {
    const plan = await planOf(target);
    const process = startSubRuntimeProcess(plan, 0);
    const output: string[] = [];
    for (const stream of [process.stdout, process.stderr]) relayLines(stream, (line) => output.push(line));
    try {
      const upstream = await untilListening(process, START_TIMEOUT_MS);
      return new SubRuntimeUnderTest(target, plan, process, upstream, output);
    } catch (error) {
      await process.kill();
      removeSocketFolder(plan);
      throw new Error([messageOf(error), ...output].join('\n'), { cause: error });
    }
  }

  get isAlive(): boolean {
    return !this.ended;
  }

  /** Runs the function of that name, and reads the answer as the host does. */
  async invoke(handlerName: string, event: unknown, options: InvocationOptions = {}): Promise<InvocationOutcome> {
    const { body, headers } = this.request(handlerName, event, options);
    return new Promise((resolve, reject) => {
      this.client.send(body, headers, (result) => {
        if (result.kind === 'not-sent') reject(new Error(`no connection was made: ${result.message}`));
        else resolve(readOutcome(result, config.maxResponseSize));
      });
    });
  }

  /** The exact body and headers that the host would send. */
  request(handlerName: string, event: unknown, options: InvocationOptions = {}): { body: string; headers: string[] } {
    const { requestId = 'conformance-1', deadline = Date.now() + 60_000, attempt = 1 } = options;
    const handlerPath = options.handlerPath ?? this.target.environment['SCW_HANDLER_PATH'] ?? '';
    const triggerEvent = { requestId, payload: event, attempt };
    return {
      body: requestBody(requestTemplate(config), requestSuffix(handlerName, handlerPath), triggerEvent, deadline),
      headers: requestHeaders(triggerEvent, deadline),
    };
  }

  /** A connection of its own, for what the host's client would not do. */
  connect(): Promise<RawConnection> {
    return RawConnection.open(this.upstream);
  }

  /** Resolves when it has printed a line that contains the text, also in the past. */
  async untilPrinted(text: string): Promise<void> {
    const giveUpAt = Date.now() + OUTPUT_TIMEOUT_MS;
    while (!this.output.some((line) => line.includes(text))) {
      if (Date.now() > giveUpAt) throw new Error(`it did not print ${JSON.stringify(text)}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** Sends SIGTERM; `exited` resolves when it has ended. */
  terminate(): void {
    this.process.terminate();
  }

  /** Ends it and all its descendants at once. */
  async stop(): Promise<void> {
    this.client.close();
    await this.process.kill();
    removeSocketFolder(this.plan);
  }
}

async function planOf({ command, environment }: ConformanceTarget): Promise<LaunchPlan> {
  const variables = { SCW_UPSTREAM_PORT: String(await freePort()), ...environment };
  const settings = launchSettingsOf(variables);
  const runtimesFolder = join(packageRoot(), 'runtimes');
  if (!command) return planLaunch(settings, variables, runtimesFolder);
  return { ...planLaunch({ ...settings, runtimeBinary: command[0] }, variables, runtimesFolder), command };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
