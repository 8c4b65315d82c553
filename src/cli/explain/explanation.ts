import { AdminConfig } from '../../admin/admin.config.js';
import type { HostConfig } from '../../config/host-config.js';
import { InvocationConfig } from '../../invocation/invocation.config.js';
import { SubRuntimeConfig } from '../../invocation/sub-runtime/sub-runtime.config.js';
import { LifecycleConfig } from '../../lifecycle/lifecycle.config.js';
import { shutdownBudget } from '../../lifecycle/shutdown-budget.js';
import { duration } from './duration.js';
import { wrapped } from '../wrapped.js';
import { explainedTriggers, inFlightOf } from './explained-triggers.js';

/** What the host would do with this configuration: a text for people, in lines of at most `width` characters where that can be. */
export function explanationOf(config: HostConfig, width = Number.POSITIVE_INFINITY): string {
  const triggers = explainedTriggers(config).map(
    ({ title, settings, settlements }) => `${title}\n${table({ ...settings, ...settlements }, width)}`,
  );
  const warnings = config.warnings.map((warning) => hanging('warning: ', warning, width)).join('');
  const parts = [table(hostRows(config), width), ...triggers, warnings];
  return parts.filter((part) => part !== '').join('\n');
}

function hostRows(config: HostConfig): Record<string, string> {
  const { timeoutMs, maxQueue, handlerName } = config.get(InvocationConfig);
  const { handlerPath, workers } = config.get(SubRuntimeConfig);
  const { enabled, host, port } = config.get(AdminConfig);
  return {
    function: `${handlerPath} (${handlerName}), ${workers} sub-runtime${workers === 1 ? '' : 's'}`,
    'at once': `${inFlightOf(config)} invocations in all; of each trigger up to ${maxQueue} more wait`,
    deadline:
      `${duration(timeoutMs)} for one invocation: of HTTP and core NATS waiting included, ` +
      'of streams and the first attempt of a tick from the beginning of the run',
    shutdown: shutdownText(config.get(LifecycleConfig), timeoutMs),
    'admin port': enabled ? `${host}:${port}` : 'none',
  };
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

function table(rows: Readonly<Record<string, string>>, width: number): string {
  return Object.entries(rows)
    .map(([name, text]) => hanging(`  ${name.padEnd(NAME_WIDTH)}  `, text, width))
    .join('');
}

/** Further lines of a text stand below its first one. */
function hanging(head: string, text: string, width: number): string {
  return `${head}${wrapped(text, width - head.length).join(`\n${' '.repeat(head.length)}`)}\n`;
}

/** Of the longest name, so that all tables have one left edge. */
const NAME_WIDTH = 'unavailable'.length;
