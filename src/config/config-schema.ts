import type { HostConfig } from './host-config.js';
import type { ConfigClass } from './variable.decorator.js';
import type { Named } from './host-config.js';

/** One thing that is wrong: which variable or key, and what was expected. */
export interface ConfigIssue {
  readonly name: string;
  readonly message: string;
}

/** What a rule finds wrong (the host does not start) or doubtful (it warns). */
export interface ConfigFindings {
  issue(name: string, message: string): void;
  warning(message: string): void;
}

/** A check that spans several settings; each module brings its own. It sees only settings that are valid by themselves. */
export type ConfigRule = (config: HostConfig, findings: ConfigFindings) => void;

/** A kind of trigger: how it is configured, and when the environment makes one. */
export interface TriggerKind<T extends Named = Named> {
  readonly type: string;
  readonly configClass: ConfigClass<T>;
  /** Whether the variables alone make a trigger, named like its kind. */
  isConfigured(config: T): boolean;
  /** At most one in all: an entry in the file is laid over the variables. */
  readonly single?: boolean;
}

/** What `loadConfig` needs to know of the modules; handed over by `app.module`, so that `config` imports none of them. */
export interface ConfigSchema {
  readonly sections: readonly ConfigClass[];
  readonly triggerKinds: readonly TriggerKind[];
  readonly rules: readonly ConfigRule[];
}
