import { messageOf } from '../errors.js';
import { InvocationConfig } from '../invocation/invocation.config.js';
import type { InvocationOutcome } from '../invocation/invocation-outcome.js';
import { requestBody, requestHeaders, requestSuffix, requestTemplate } from '../invocation/invocation-request.js';
import { LoneSubRuntime } from '../invocation/lone-sub-runtime.js';
import type { Upstream } from '../invocation/sub-runtime/readiness-probe.js';
import type { Exit } from '../invocation/sub-runtime/sub-runtime-process.js';
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
  private ended = false;

  private constructor(
    private readonly target: ConformanceTarget,
    private readonly subRuntime: LoneSubRuntime,
    /** Lines of both streams, as they came. */
    readonly output: readonly string[],
  ) {
    this.exited = subRuntime.exited;
    void this.exited.then(() => (this.ended = true));
  }

  /** Resolves when it accepts connections; rejects with what it printed where it does not. */
  static async start(target: ConformanceTarget): Promise<SubRuntimeUnderTest> {
    const output: string[] = [];
    const { command, environment } = target;
    const { maxResponseSize } = config;
    const onLine = (line: string) => output.push(line);
    try {
      const options = { command, environment, startTimeoutMs: START_TIMEOUT_MS, maxResponseSize, onLine };
      return new SubRuntimeUnderTest(target, await LoneSubRuntime.start(options), output);
    } catch (error) {
      throw new Error([messageOf(error), ...output].join('\n'), { cause: error });
    }
  }

  get upstream(): Upstream {
    return this.subRuntime.upstream;
  }

  get isAlive(): boolean {
    return !this.ended;
  }

  /** Runs the function of that name, and reads the answer as the host does. */
  async invoke(handlerName: string, event: unknown, options: InvocationOptions = {}): Promise<InvocationOutcome> {
    const { body, headers } = this.request(handlerName, event, options);
    return this.subRuntime.send(body, headers);
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
    this.subRuntime.terminate();
  }

  /** Ends it and all its descendants at once. */
  stop(): Promise<void> {
    return this.subRuntime.stop();
  }
}
