import { join } from 'node:path';
import { freePort } from '../../config/free-port.js';
import { packageRoot } from '../../config/package-root.js';
import type { Environment } from '../../config/read-variables.js';
import { AdminConfig } from '../../admin/admin.config.js';
import { HttpTriggerConfig } from '../../triggers/http/http.config.js';
import { EXIT_FAILED } from '../cli-error.js';
import { runCommand } from '../command-line.js';
import { type DevArguments, needsNatsServer, readDevArguments } from './dev-arguments.js';
import { placesText } from './places-text.js';
import { SourceWatch } from './source-watch.js';
import { startOnLeash } from './leashed-process.js';
import { findNatsServer, type OwnNatsServer, startNatsServer, USUAL_PORT } from './own-nats-server.js';

export const DEV_HELP = `tributary dev HANDLER: run the host for somebody who writes the function

  --cron SCHEDULE   a schedule that runs it, such as '*/10 * * * * *';
                    may stand several times
  --nats SUBJECT    a subject whose messages reach it, such as 'greet.*';
                    may stand several times
  --env FILE        variables, NAME=value a line; those of the environment
                    come before them

When the handler or a source beside or below it changes (.js, .ts, .json, .py
and the like), the function starts anew from its files; what is in flight ends
in the old process, and a version that does not start is not taken.

With --nats, and no TRIGGER_NATS_URL, a nats-server of its own is started from
the PATH, with JetStream in a folder that goes with it. Where 8080 or 9464 is
taken, the next port that is free is used, unless PORT or ADMIN_PORT says which.
Everything is on loopback, and the function is public (SCW_PUBLIC=true); every
variable of tributary start applies.

Exit codes: 0 ended as asked, by SIGTERM or SIGINT; 1 the nats-server cannot be
had; 64 wrong usage; 78 the configuration cannot be used.
`;

/** `tributary dev`. Resolves with the exit code. */
export async function dev(args: string[], environment: Environment): Promise<number> {
  return runCommand({ name: 'dev', help: DEV_HELP }, args, async () => {
    const request = readDevArguments(args, environment);
    const nats = needsNatsServer(request.environment) ? await startOwnServer(environment['PATH'] ?? '') : undefined;
    try {
      const variables = await withFreePorts(request.environment);
      return await superviseHost({ ...request, environment: variables }, nats);
    } finally {
      await nats?.stop();
    }
  });
}

async function startOwnServer(searchPath: string): Promise<OwnNatsServer> {
  return startNatsServer(findNatsServer(searchPath), await freePort(USUAL_PORT));
}

/** A host that runs already, or another function, is no reason not to begin. */
async function withFreePorts(environment: Environment): Promise<Environment> {
  const [usual, usualAdmin] = [new HttpTriggerConfig().port, new AdminConfig().port];
  const { PORT: given, ADMIN_PORT: givenAdmin, SCW_UPSTREAM_PORT: upstream } = environment;
  const port = given ? usual : await freePort(usual);
  return {
    ...environment,
    PORT: given || String(port),
    ADMIN_PORT: givenAdmin || String(await freePort(usualAdmin)),
    // The next one is where a sub-runtime on TCP would listen.
    ...(port !== usual && { SCW_UPSTREAM_PORT: upstream || String(await freePort(port + 1)) }),
  };
}

async function superviseHost(
  { handlerPath, environment }: DevArguments,
  nats: OwnNatsServer | undefined,
): Promise<number> {
  const variables = { ...environment, ...(nats && { TRIGGER_NATS_URL: nats.url }) };
  const command = [process.execPath, join(packageRoot(), 'bin/tributary.js'), 'start'];
  const { child, ended } = startOnLeash(command, variables, 'host');
  // The host answers the first signal by ending in order, the second by ending at once.
  const pass = (signal: NodeJS.Signals) => void child.kill(signal);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, pass);
  const watch = new SourceWatch(handlerPath, () => {
    if (child.connected) child.send('tributary:reload');
  });
  child.on('message', (message) => {
    const line = lineOf(message, variables);
    if (line !== undefined) process.stdout.write(line);
  });
  const { code } = await ended;
  watch.close();
  return code ?? EXIT_FAILED;
}

function lineOf(message: unknown, variables: Environment): string | undefined {
  switch (message) {
    case 'tributary:serving':
      return placesText(variables);
    case 'tributary:reloaded':
      return 'tributary dev: the function was started anew from its files\n';
    case 'tributary:not-reloaded':
      return 'tributary dev: what is in the files does not start; the function that ran goes on\n';
    default:
      return undefined;
  }
}
