import 'reflect-metadata';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { AdminConfig, adminPlace } from './admin/admin.config.js';
import { AdminServer } from './admin/admin.server.js';
import { AppModule } from './app.module.js';
import type { HostConfig } from './config/host-config.js';
import { explainListen, isWithoutIpv6, problemOfListening } from './config/listen-place.js';
import { packageRoot } from './config/package-root.js';
import { readVariables } from './config/read-variables.js';
import { EXIT_CODE_CONFIG, HostError, messageOf } from './errors.js';
import { launchSettingsOf, planLaunch } from './invocation/sub-runtime/launch-plan.js';
import type { LaunchedSubRuntimes } from './invocation/sub-runtime/launched.js';
import { SubRuntimePool } from './invocation/sub-runtime/sub-runtime.pool.js';
import { HostLifecycle } from './lifecycle/host-lifecycle.js';
import { LifecycleConfig } from './lifecycle/lifecycle.config.js';
import { readConfig } from './read-config.js';
import { LogConfig } from './telemetry/log.config.js';
import { createLogger } from './telemetry/logger.js';
import { NestLoggerService } from './telemetry/nest-logger.service.js';
import { HttpTriggerConfig, httpPlace } from './triggers/http/http.config.js';
import { fastifyOptions } from './triggers/http/http.server.js';

type Environment = Readonly<Record<string, string | undefined>>;

export type StartedHost =
  | {
      readonly running: true;
      /** Ends the host; resolves with the exit code. */
      readonly end: () => Promise<number>;
      /** The function starts anew from its files, and nothing in flight is dropped; resolves with whether it did. */
      readonly reload: () => Promise<boolean>;
    }
  | { readonly running: false; readonly exitCode: number };

/**
 * Starts the application around sub-runtimes that run already. What is wrong with the configuration, files and ports
 * included, is written to stderr at once and gives exit code 78; everything that was started has ended by then.
 */
export async function startHost(environment: Environment, launched?: LaunchedSubRuntimes): Promise<StartedHost> {
  let app: NestFastifyApplication | undefined;
  let config: HostConfig | undefined;
  try {
    config = readConfig(environment);
    app = await createApplication(config, launched ?? planOnly(environment));
    await listen(app, config);
    const pool = app.get(SubRuntimePool);
    return { running: true, end: endOf(app, config), reload: () => pool.reload() };
  } catch (error) {
    report(error instanceof HostError ? error.message : describeBug(error));
    if (app) await abandon(app);
    // Not before: one of them may have been ours.
    for (const problem of await portProblems(environment, config)) {
      if (messageOf(error) !== problem) report(problem);
    }
    return { running: false, exitCode: error instanceof HostError ? EXIT_CODE_CONFIG : 1 };
  }
}

function report(problem: string): void {
  process.stderr.write(`${problem}\n`);
}

/** Nobody has been served: there is nothing to wait for. */
async function abandon(app: NestFastifyApplication): Promise<void> {
  await app.get(SubRuntimePool).stop(0);
  await app.close().catch(() => undefined);
}

function planOnly(environment: Environment): LaunchedSubRuntimes {
  return {
    plan: planLaunch(launchSettingsOf(environment), environment, join(packageRoot(), 'runtimes')),
    processes: [],
  };
}

async function createApplication(config: HostConfig, launched: LaunchedSubRuntimes): Promise<NestFastifyApplication> {
  const http = config.triggersOf(HttpTriggerConfig)[0] ?? new HttpTriggerConfig();
  const logger = new NestLoggerService(createLogger(config.get(LogConfig)));
  const adapter = new FastifyAdapter(fastifyOptions(http));
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.forRoot(config, launched), adapter, {
    bodyParser: false,
    abortOnError: false,
    logger,
  });
  const startLogger = new Logger('Host');
  for (const warning of config.warnings) startLogger.warn(warning);
  return app;
}

async function listen(app: NestFastifyApplication, config: HostConfig): Promise<void> {
  const http = config.triggersOf(HttpTriggerConfig).find(({ enabled }) => enabled);
  if (http) {
    await listenOn(app, http);
    new Logger('Http').log({ message: `The HTTP trigger listens on ${await app.getUrl()}`, port: http.port });
  } else {
    await app.init();
  }
  await app.get(AdminServer).listening;
  app.get(HostLifecycle).serve();
}

async function listenOn(app: NestFastifyApplication, http: HttpTriggerConfig): Promise<void> {
  try {
    await app.listen(http.port, http.host);
  } catch (error) {
    if (!isWithoutIpv6(error, http.host)) throw explainListen(error, httpPlace(http));
    await app.listen(http.port, '0.0.0.0').catch((again: unknown) => {
      throw explainListen(again, httpPlace(http));
    });
  }
}

/** The ports that cannot be used, to be told together with what else is wrong. */
async function portProblems(environment: Environment, config: HostConfig | undefined): Promise<string[]> {
  const http = config?.triggersOf(HttpTriggerConfig)[0] ?? readVariables(HttpTriggerConfig, environment).value;
  const admin = config?.get(AdminConfig) ?? readVariables(AdminConfig, environment).value;
  const places = [...(http.enabled ? [httpPlace(http)] : []), ...(admin.enabled ? [adminPlace(admin)] : [])];
  const problems = await Promise.all(places.map(problemOfListening));
  return problems.flatMap((problem) => problem?.message ?? []);
}

/** Time between the last kill and the end of the process, for what still has to be written. */
const LAST_WORDS_MS = 50;

function endOf(app: NestFastifyApplication, config: HostConfig): () => Promise<number> {
  const { graceMs } = config.get(LifecycleConfig);
  return async () => {
    const closed = app.close().catch((error: unknown) => process.stderr.write(`${describeBug(error)}\n`));
    await Promise.race([closed, graceOver(graceMs)]);
    return 0;
  };
}

function graceOver(graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      process.stderr.write(`The shutdown did not end within SHUTDOWN_GRACE_MS, ${graceMs} ms: ending at once\n`);
      resolve();
    }, graceMs - LAST_WORDS_MS);
    timer.unref();
  });
}

function describeBug(error: unknown): string {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `The host could not go on; please report this: ${detail}`;
}
