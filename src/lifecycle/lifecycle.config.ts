import type { ConfigRule } from '../config/config-schema.js';
import { Milliseconds, Text } from '../config/variable.decorator.js';
import { InvocationConfig } from '../invocation/invocation.config.js';

/** How the host ends. */
export class LifecycleConfig {
  @Milliseconds('SHUTDOWN_DELAY_MS', {
    description: 'Time in which the host still serves after it is not ready any more',
    min: 0,
  })
  delayMs = 0;

  @Milliseconds('SHUTDOWN_GRACE_MS', { description: 'The whole of the shutdown, the last kill included', min: 100 })
  graceMs = 25_000;
}

const DEFAULT = new LifecycleConfig();

/** Which file declares further triggers. */
export class TriggersFileConfig {
  @Text('TRIGGERS_FILE', { description: 'YAML or JSON file that declares triggers' })
  path?: string;
}

/** Settings that contradict each other in time are allowed, but hardly meant. */
export const lifecycleRule: ConfigRule = (config, findings) => {
  const { delayMs, graceMs } = config.get(LifecycleConfig);
  const { timeoutMs } = config.get(InvocationConfig);
  // The defaults are those of the original and of Kubernetes; only what somebody chose is worth a warning.
  if (graceMs === DEFAULT.graceMs && delayMs === DEFAULT.delayMs && timeoutMs === new InvocationConfig().timeoutMs)
    return;
  if (delayMs >= graceMs) {
    findings.warning(
      `SHUTDOWN_DELAY_MS ${delayMs} is not below SHUTDOWN_GRACE_MS ${graceMs}: nothing is left of the grace for what is in flight.`,
    );
  } else if (timeoutMs > graceMs - delayMs) {
    findings.warning(
      `INVOCATION_TIMEOUT_MS ${timeoutMs} is beyond what a shutdown leaves, ${graceMs - delayMs} ms ` +
        `(SHUTDOWN_GRACE_MS ${graceMs} - SHUTDOWN_DELAY_MS ${delayMs}): an invocation that runs longer is cut off.`,
    );
  }
};
