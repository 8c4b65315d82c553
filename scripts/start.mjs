#!/usr/bin/env node
/**
 * `npm start`: the example function with all three triggers, on loopback, from nothing but Node and npm. What is missing
 * is brought first; a second run starts at once. The rest is `tributary dev`; what the environment says wins over what is
 * chosen here.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { inProject } from './lib/root.mjs';
import { mainOf, setUp } from './set-up.mjs';
import { ensureTools, withTools } from './tools.mjs';

const say = (line) => console.log(line);

const CHOSEN = {
  SCW_APPLICATION_NAME: 'quickstart',
  TRIGGER_CRON_SCHEDULE: '*/15 * * * * *',
  // An invocation takes no longer than a shutdown waits, and a tick waits no longer than that.
  INVOCATION_TIMEOUT_MS: '15000',
  TRIGGER_CRON_STARTING_DEADLINE_MS: '10000',
};

async function start() {
  await setUp(say);
  const [problem] = await ensureTools(['nats-server'], say);
  if (problem) say(`${problem}\nGoing on with HTTP and cron alone.`);
  say('Type what is shown in another terminal, in this folder; the schedule logs here every 15 s.');
  const command = [inProject('bin/tributary.js'), 'dev', inProject('examples/quickstart/handler.mjs')];
  const env = { ...CHOSEN, ...(!problem && { TRIGGER_NATS_SUBJECT: 'greet.*' }), ...withTools() };
  const child = spawn(process.execPath, command, { env, stdio: 'inherit' });
  // Ctrl-C reaches both; a signal to this process alone is passed on.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  const [code] = await once(child, 'exit');
  process.exitCode = code ?? 1;
}

await mainOf(start);
