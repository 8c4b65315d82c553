import { join } from 'node:path';
import { AdminConfig, adminRule } from './admin/admin.config.js';
import { AuthConfig } from './auth/auth.config.js';
import type { ConfigSchema } from './config/config-schema.js';
import { packageRoot } from './config/package-root.js';
import { applicationNameRule, InvocationConfig } from './invocation/invocation.config.js';
import { SubRuntimeConfig, subRuntimeRule } from './invocation/sub-runtime/sub-runtime.config.js';
import { LifecycleConfig, lifecycleRule, TriggersFileConfig } from './lifecycle/lifecycle.config.js';
import { NatsConnectionConfig, natsConnectionRules } from './nats/nats-connection.config.js';
import { LogConfig } from './telemetry/log.config.js';
import { tracesRule } from './telemetry/traces/trace-settings.js';
import { TracesConfig } from './telemetry/traces/traces.config.js';
import { cronRules, cronTriggerKind } from './triggers/cron/cron.config.js';
import { httpRule, httpTriggerKind } from './triggers/http/http.config.js';
import { natsTriggerKind, natsTriggerRules } from './triggers/nats/nats.config.js';

/** Everything that can be configured, from the modules that own it. */
export const configSchema: ConfigSchema = {
  sections: [
    SubRuntimeConfig,
    InvocationConfig,
    AuthConfig,
    NatsConnectionConfig,
    AdminConfig,
    LogConfig,
    TracesConfig,
    LifecycleConfig,
    TriggersFileConfig,
  ],
  triggerKinds: [httpTriggerKind, cronTriggerKind, natsTriggerKind],
  rules: [
    subRuntimeRule(join(packageRoot(), 'runtimes')),
    applicationNameRule,
    lifecycleRule,
    adminRule,
    tracesRule,
    httpRule,
    ...cronRules,
    ...natsConnectionRules,
    ...natsTriggerRules,
  ],
};
