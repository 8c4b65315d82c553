/*
 * The first lines of a cold start: the sub-runtime is spawned before the application is loaded, so that both start at
 * once. Nothing may be imported here that loads more than Node's own modules.
 */
import { join } from 'node:path';
import { packageRoot } from './config/package-root.js';
import { launchSettingsOf, planLaunch } from './invocation/sub-runtime/launch-plan.js';
import type { LaunchedSubRuntimes } from './invocation/sub-runtime/launched.js';
import { removeSocketFolder, startSubRuntimeProcess } from './invocation/sub-runtime/sub-runtime-process.js';

const MAX_WORKERS = 256;

/** What can be started is started; what cannot is reported later, with everything else that is wrong. */
function launch(): LaunchedSubRuntimes | undefined {
  const settings = launchSettingsOf(process.env);
  if (settings.workers < 1 || settings.workers > MAX_WORKERS) return undefined;
  try {
    const plan = planLaunch(settings, process.env, join(packageRoot(), 'runtimes'));
    const processes = Array.from({ length: settings.workers }, (_, worker) => startSubRuntimeProcess(plan, worker));
    return { plan, processes };
  } catch {
    return undefined;
  }
}

async function abandon(launched: LaunchedSubRuntimes | undefined): Promise<void> {
  await Promise.all((launched?.processes ?? []).map((process) => process.kill()));
  if (launched) removeSocketFolder(launched.plan);
}

/** Set once the application can end by itself. */
let endHost: (() => Promise<number>) | undefined;
let endRequested = false;

function onSignal(signal: NodeJS.Signals): void {
  if (endRequested) {
    process.stderr.write(`A second signal, ${signal}: ending at once\n`);
    process.exit(signal === 'SIGINT' ? 130 : 143);
  }
  endRequested = true;
  // During the start it is enough to remember the signal: the start looks, and takes no time to speak of.
  void endHost?.().then((code) => process.exit(code));
}

/** `tributary dev` has a channel to this process, and asks by messages; nobody else has one. */
function followSupervisor(reload: () => Promise<boolean>): void {
  if (!process.send) return;
  process.on('message', (message) => {
    if (message !== 'tributary:reload') return;
    void reload().then((reloaded) => process.send?.(reloaded ? 'tributary:reloaded' : 'tributary:not-reloaded'));
  });
  process.send('tributary:serving');
}

async function main(): Promise<void> {
  // Nobody may read what is written here; that is no reason to end.
  process.stderr.on('error', () => undefined);
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  const launched = launch();
  const { startHost } = await import('./host.js');
  const started = await startHost(process.env, launched);
  if (!started.running) {
    await abandon(launched);
    process.exit(started.exitCode);
  }
  endHost = () => started.end();
  followSupervisor(() => started.reload());
  if (endRequested) process.exit(await started.end());
}

void main();
