#!/usr/bin/env node
/**
 * `npm start`: the example function with all three triggers, on loopback, from nothing but Node and npm. What is missing
 * is brought first; a second run starts at once. What the environment says wins over what is chosen here.
 */
import { relative } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from './lib/free-port.mjs';
import { startOnLeash } from './lib/leash.mjs';
import { startNatsServer } from './lib/nats-server.mjs';
import { inProject } from './lib/root.mjs';
import { mainOf, setUp } from './set-up.mjs';
import { ensureTools, toolPath, withTools } from './tools.mjs';

const HANDLER = inProject('examples/quickstart/handler.mjs');
const TICK_SECONDS = 15;
const POLL_MS = 50;

/** A server of our own, or `undefined`: then HTTP and cron run alone. */
async function bringNats() {
  const [problem] = await ensureTools(['nats-server'], say);
  if (problem) return withoutNats(problem);
  const port = await freePort(4222);
  try {
    return await startNatsServer(toolPath('nats-server'), port);
  } catch (error) {
    return withoutNats(`nats-server could not be started: ${error.message}`);
  }
}

function withoutNats(problem) {
  say(`${problem}\nGoing on with HTTP and cron alone.`);
  return undefined;
}

async function environmentOf(nats) {
  const port = await freePort(8080);
  const chosen = {
    PORT: String(port),
    SCW_UPSTREAM_PORT: String(await freePort(port + 1)),
    ADMIN_PORT: String(await freePort(9464)),
    SCW_HANDLER_PATH: HANDLER,
    SCW_APPLICATION_NAME: 'quickstart',
    SCW_PUBLIC: 'true',
    TRIGGER_HTTP_HOST: '127.0.0.1',
    TRIGGER_CRON_SCHEDULE: `*/${TICK_SECONDS} * * * * *`,
    // One process: there is nobody to agree with on ticks.
    TRIGGER_CRON_SHARED: 'false',
    // An invocation takes no longer than a shutdown waits, and a tick waits no longer than that.
    INVOCATION_TIMEOUT_MS: '15000',
    TRIGGER_CRON_STARTING_DEADLINE_MS: '10000',
    ...(nats && { TRIGGER_NATS_URL: nats.url, TRIGGER_NATS_SUBJECT: 'greet.*' }),
  };
  return { ...chosen, ...withTools() };
}

/** Resolves with whether it serves; `false` where it has ended before. */
async function untilReady(env, { child }) {
  while (child.exitCode === null && child.signalCode === null) {
    const response = await fetch(`http://127.0.0.1:${env.ADMIN_PORT}/readyz`).catch(() => undefined);
    if (response?.ok) return true;
    await pause(POLL_MS);
  }
  return false;
}

function describe(env, nats) {
  const now = Date.now();
  const tick = new Date(Math.ceil((now + 1) / (TICK_SECONDS * 1_000)) * TICK_SECONDS * 1_000);
  const seconds = Math.ceil((tick.getTime() - now) / 1_000);
  const port = new URL(nats?.url ?? 'nats://none').port;
  const server = port === '4222' ? '' : `--server ${nats?.url} `;
  return [
    '',
    `One function, ${relative(inProject(), env.SCW_HANDLER_PATH)}, and ${nats ? 'three' : 'two'} triggers:`,
    '',
    `  HTTP   listens on http://127.0.0.1:${env.PORT}${env.PORT === '8080' || process.env.PORT ? '' : ' (8080 is taken)'}`,
    `         curl 'http://127.0.0.1:${env.PORT}/?name=Ada', or open it in a browser`,
    `  cron   every ${TICK_SECONDS} seconds; the next tick is at ${clock(tick)}, in ${seconds} s`,
    '         wait for it: the function logs it here',
    ...(nats
      ? [
          `  NATS   subject greet.* on ${nats.url}, a server that ends with this`,
          `         node bin/tributary.js send ${server}greet.world Ada`,
        ]
      : ['  NATS   off: there is no nats-server']),
    '',
    'The function is public (SCW_PUBLIC=true): no token is asked for. Only this machine reaches it (loopback).',
    'Type the commands in another terminal, in this folder. Ctrl-C ends everything.',
    '',
  ].join('\n');
}

const clock = (date) => date.toTimeString().slice(0, 8);
const say = (line) => console.log(line);

async function start() {
  await setUp(say);
  const nats = await bringNats();
  const env = await environmentOf(nats);
  const host = startOnLeash([process.execPath, inProject('bin/tributary.js'), 'start'], { env });
  // The host answers the first signal by ending in order, the second by ending at once.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => host.child.kill(signal));
  if (await untilReady(env, host)) say(describe(env, nats));
  const { code } = await host.ended;
  await nats?.stop();
  process.exitCode = code ?? 1;
}

await mainOf(start);
