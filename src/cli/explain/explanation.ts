import { AdminConfig } from '../../admin/admin.config.js';
import type { HostConfig } from '../../config/host-config.js';
import { InvocationConfig } from '../../invocation/invocation.config.js';
import { SubRuntimeConfig } from '../../invocation/sub-runtime/sub-runtime.config.js';
import { LifecycleConfig } from '../../lifecycle/lifecycle.config.js';
import { shutdownBudget } from '../../lifecycle/shutdown-budget.js';
import { duration } from './duration.js';
import { type ExplainedTrigger, explainedTriggers, inFlightOf } from './explained-triggers.js';

/** What the host would do with this configuration: a text for people. */
export function explanationOf(config: HostConfig): string {
  const warnings = config.warnings.map((warning) => `warning: ${warning}\n`).join('');
  const parts = [hostLines(config), ...explainedTriggers(config).map(triggerLines), warnings];
  return parts.filter((part) => part !== '').join('\n');
}

function hostLines(config: HostConfig): string {
  const { timeoutMs, maxQueue, handlerName } = config.get(InvocationConfig);
  const { handlerPath, workers } = config.get(SubRuntimeConfig);
  const { enabled, host, port } = config.get(AdminConfig);
  return table({
    function: `${handlerPath} (${handlerName}), ${workers} sub-runtime${workers === 1 ? '' : 's'}`,
    'at once': `${inFlightOf(config)} invocations in all; of each trigger up to ${maxQueue} more wait`,
    deadline:
      `${duration(timeoutMs)} for one invocation: of HTTP and core NATS waiting included, ` +
      'of streams and the first attempt of a tick from the beginning of the run',
    shutdown: shutdownText(config.get(LifecycleConfig), timeoutMs),
    'admin port': enabled ? `${host}:${port}` : 'none',
  });
}

function shutdownText({ graceMs, delayMs }: LifecycleConfig, timeoutMs: number): string {
  const { cutOffMs, killMs } = shutdownBudget(graceMs);
  const delay = Math.min(delayMs, cutOffMs);
  const left = cutOffMs - delay;
  const serving = delay > 0 ? `${duration(delay)} still serving, ` : '';
  const shorter = left < timeoutMs ? `, less than its deadline of ${duration(timeoutMs)}` : '';
  return (
    `${duration(graceMs)} in all: ${serving}${duration(left)} for what is in flight${shorter}, ` +
    `then SIGTERM to the sub-runtime and SIGKILL ${duration(killMs - cutOffMs)} later`
  );
}

function triggerLines({ title, settings, settlements }: ExplainedTrigger): string {
  return `${title}\n${table({ ...settings, ...settlements })}`;
}

function table(rows: Readonly<Record<string, string>>): string {
  return Object.entries(rows)
    .map(([name, text]) => `  ${name.padEnd(NAME_WIDTH)}  ${text}\n`)
    .join('');
}

/** Of the longest name, so that all tables have one left edge. */
const NAME_WIDTH = 'unavailable'.length;
