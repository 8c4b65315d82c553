import { setTimeout as delay } from 'node:timers/promises';
import type { Environment } from '../../config/read-variables.js';
import { InvocationConfig } from '../../invocation/invocation.config.js';
import type { InvocationOutcome } from '../../invocation/invocation-outcome.js';
import { requestBody, requestHeaders, requestSuffix, requestTemplate } from '../../invocation/invocation-request.js';
import { LoneSubRuntime } from '../../invocation/lone-sub-runtime.js';
import { SubRuntimeConfig } from '../../invocation/sub-runtime/sub-runtime.config.js';
import type { Exit } from '../../invocation/sub-runtime/sub-runtime-process.js';
import { answerOf } from '../../triggers/outcome-answer.js';
import { EXIT_FAILED, EXIT_OK } from '../cli-error.js';
import { runCommand } from '../command-line.js';
import { readSettings } from '../settings.js';
import { oneLine } from '../terminal-text.js';
import { type InvokeArguments, readInvokeArguments } from './invoke-arguments.js';
import { sampleEvent } from './sample-event.js';

export const INVOKE_HELP = `tributary invoke: hand one event of any trigger to the function, without a host

  --handler PATH          the handler; by default SCW_HANDLER_PATH
  --function NAME         the exported function; by default the trigger's, else
                          SCW_HANDLER_NAME, else handle
  --type http             (the default) with
    --method METHOD         GET, or POST where there are data
    --path PATH             / ; a query may follow
    --header 'NAME: VALUE'  may stand several times
    --data TEXT             the body; or --data-file FILE
  --type cron             with
    --args JSON             the body; by default TRIGGER_CRON_ARGS
  --type nats             with
    --subject SUBJECT       required
    --header, --data, --data-file as for http
  --event FILE            instead of --type: the whole event as JSON, or a
                          request to a sub-runtime as
                          tributary dead-letters show ID --invocation prints it

FILE may be - for standard input. The sub-runtime is started as the host would,
with this environment; TRIGGER_CRON_* and TRIGGER_NATS_* apply (_FORMAT,
_HANDLER, _ARGS, _SCHEDULE), and so does INVOCATION_TIMEOUT_MS. Nothing listens,
and no server is needed.

The body goes to stdout as it is. What the function prints goes to stderr, then
the outcome, its status and its headers.

Exit codes: 0 succeeded; 1 any other outcome, or the function cannot be started;
64 wrong usage.
`;

/** `tributary invoke`: one event, one answer. Resolves with the exit code. */
export async function invoke(args: string[], environment: Environment): Promise<number> {
  return runCommand({ name: 'invoke', help: INVOKE_HELP }, args, () =>
    run(readInvokeArguments(args, environment), environment),
  );
}

async function run(request: InvokeArguments, environment: Environment): Promise<number> {
  const variables = { ...environment, SCW_HANDLER_PATH: request.handlerPath };
  const config = readSettings(InvocationConfig, variables);
  const { startTimeoutMs } = readSettings(SubRuntimeConfig, variables);
  const { event, functionName } = sampleEvent(request.request, config.applicationName, variables);
  const suffix = requestSuffix(request.functionName ?? functionName ?? config.handlerName, request.handlerPath);
  const subRuntime = await LoneSubRuntime.start({
    // A host may run beside this.
    environment: { ...variables, SCW_UPSTREAM_PORT: undefined },
    startTimeoutMs,
    maxResponseSize: config.maxResponseSize,
    onLine: (line) => say(withoutStamp(line, event.requestId)),
  });
  const beganAt = performance.now();
  const deadline = Date.now() + config.timeoutMs;
  const body = requestBody(requestTemplate(config), suffix, event, deadline);
  const outcome = await outcomeOf(subRuntime, subRuntime.send(body, requestHeaders(event, deadline)), config.timeoutMs);
  const milliseconds = Math.round(performance.now() - beganAt);
  await end(subRuntime, outcome);
  return print(outcome, milliseconds);
}

/** Whose line it is needs not be said where there is one invocation. */
function withoutStamp(line: string, requestId: string): string {
  const stamp = `[${requestId}] `;
  return line.startsWith(stamp) ? line.slice(stamp.length) : line;
}

/** A connection may be seen to break before the process is seen to end, or the other way round. */
const DEATH_NOTICE_MS = 250;

async function outcomeOf(
  { exited }: LoneSubRuntime,
  answer: Promise<InvocationOutcome>,
  timeoutMs: number,
): Promise<InvocationOutcome> {
  const timedOut = delay<InvocationOutcome>(timeoutMs, { kind: 'timed-out' }, { ref: false });
  const crashed = exited.then((exit) => delay(DEATH_NOTICE_MS, crashOf(exit)));
  const outcome = await Promise.race([answer, timedOut, crashed]);
  if (outcome.kind !== 'failed' || outcome.failure !== 'connection-lost') return outcome;
  return Promise.race([exited.then(crashOf), delay(DEATH_NOTICE_MS, outcome)]);
}

function crashOf({ code, signal }: Exit): InvocationOutcome {
  const message = signal ? `it was ended by ${signal}` : `it ended with exit code ${code}`;
  return { kind: 'crashed', message, alone: true };
}

/** Time for a sub-runtime that has answered to end by itself. */
const END_MS = 1_000;

async function end(subRuntime: LoneSubRuntime, outcome: InvocationOutcome): Promise<void> {
  if (outcome.kind !== 'timed-out') {
    subRuntime.terminate();
    await Promise.race([subRuntime.exited, delay(END_MS, undefined, { ref: false })]);
  }
  await subRuntime.stop();
}

function print(outcome: InvocationOutcome, milliseconds: number): number {
  const { statusCode, headers, body, error } = answerOf(outcome);
  const isResponse = 'response' in outcome;
  say(
    `${outcome.kind} in ${milliseconds} ms, status ${statusCode}${isResponse ? '' : `: ${oneLine(detailOf(outcome) ?? error ?? '')}`}`,
  );
  if (isResponse) {
    for (let i = 0; i + 1 < headers.length; i += 2) say(oneLine(`${headers[i]}: ${headers[i + 1]}`));
    process.stdout.write(body);
  }
  return outcome.kind === 'succeeded' ? EXIT_OK : EXIT_FAILED;
}

/** More than a caller of the host is told. */
function detailOf(outcome: InvocationOutcome): string | undefined {
  return 'message' in outcome ? outcome.message : undefined;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
