import { join } from 'node:path';
import { packageRoot } from '../../config/package-root.js';
import { type Environment, readVariables } from '../../config/read-variables.js';
import { AdminConfig } from '../../admin/admin.config.js';
import { HttpTriggerConfig } from '../../triggers/http/http.config.js';
import { EXIT_FAILED, EXIT_OK, reportErrors } from '../cli-error.js';
import { type DevArguments, needsNatsServer, readDevArguments } from './dev-arguments.js';
import { SourceWatch } from './source-watch.js';
import { startOnLeash } from './leashed-process.js';
import { type OwnNatsServer, startNatsServer } from './own-nats-server.js';

export const DEV_HELP = `tributary dev HANDLER: run the host for somebody who writes the function

  --cron SCHEDULE   a schedule that runs it, such as '*/10 * * * * *'; may stand several times
  --nats SUBJECT    a subject whose messages reach it, such as 'greet.*'; may stand several times
  --env FILE        variables, NAME=value a line; those of the environment come before them

When the handler or a source beside or below it changes (.js, .ts, .json, .py and the like), the function starts anew from its files; what is in flight ends in the old process,
and a version that does not start is not taken. With --nats, and no TRIGGER_NATS_URL, a nats-server of its own is started from
the PATH, with JetStream in a folder that goes with it. Everything is on loopback, and the function is public (SCW_PUBLIC=true);
every variable of tributary start applies.

Exit codes: 0 ended as asked, by SIGTERM or SIGINT; 1 the nats-server cannot be had; 64 wrong usage; 78 the configuration cannot be
used.
`;

/** `tributary dev`. Resolves with the exit code. */
export async function dev(args: string[], environment: Environment): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(DEV_HELP);
    return EXIT_OK;
  }
  return reportErrors('tributary dev', async () => {
    const request = readDevArguments(args, environment);
    const nats = needsNatsServer(request.environment) ? await startNatsServer(environment['PATH'] ?? '') : undefined;
    try {
      return await superviseHost(request, nats);
    } finally {
      await nats?.stop();
    }
  });
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
    const line = lineOf(message, variables, nats);
    if (line !== undefined) process.stdout.write(line);
  });
  const { code } = await ended;
  watch.close();
  return code ?? EXIT_FAILED;
}

function lineOf(message: unknown, variables: Environment, nats: OwnNatsServer | undefined): string | undefined {
  switch (message) {
    case 'tributary:serving':
      return placesText(variables, nats);
    case 'tributary:reloaded':
      return 'tributary dev: the function was started anew from its files\n';
    case 'tributary:not-reloaded':
      return 'tributary dev: what is in the files does not start; the function that ran goes on\n';
    default:
      return undefined;
  }
}

function placesText(variables: Environment, nats: OwnNatsServer | undefined): string {
  const http = readVariables(HttpTriggerConfig, variables).value;
  const admin = readVariables(AdminConfig, variables).value;
  const schedule = variables['TRIGGER_CRON_SCHEDULE'];
  const subject = variables['TRIGGER_NATS_SUBJECT'];
  const server = nats && !nats.isOnUsualPort ? ` --server ${nats.url}` : '';
  const lines = [
    http.enabled && `HTTP   curl http://127.0.0.1:${http.port}/`,
    schedule && `cron   ${schedule}`,
    subject && `NATS   npx tributary send${server} ${subject.split(',')[0]?.replaceAll(/[*>]/g, 'x')} DATA`,
    admin.enabled && admin.port > 0 && `admin  http://127.0.0.1:${admin.port}/`,
  ];
  const shown = lines
    .filter((line) => line !== false && line !== undefined && line !== '')
    .map((line) => `  ${line}\n`);
  return `\ntributary dev: it serves, and follows its files. Ctrl-C ends everything.\n${shown.join('')}\n`;
}
