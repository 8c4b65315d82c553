import { readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import type { Environment } from '../../config/read-variables.js';
import { messageOf } from '../../errors.js';
import type { CliError } from '../cli-error.js';
import { parseCommand, usageError } from '../command-line.js';

export interface DevArguments {
  readonly handlerPath: string;
  /** Of the host, but for a server of NATS that is still to be started. */
  readonly environment: Environment;
}

/** The environment comes before the file of `--env`, and both before what is chosen here; the arguments come first. */
export function readDevArguments(args: string[], environment: Environment): DevArguments {
  const { values, positionals } = parseCommand('dev', {
    args,
    allowPositionals: true,
    options: {
      cron: { type: 'string', multiple: true },
      nats: { type: 'string', multiple: true },
      env: { type: 'string' },
    },
  });
  const [handler, ...rest] = positionals;
  if (handler === undefined || rest.length > 0) throw usage(`expected HANDLER, got ${positionals.length} arguments`);
  const handlerPath = resolve(handler);
  const given = { ...(values.env === undefined ? {} : fileOf(values.env)), ...environment };
  return {
    handlerPath,
    environment: {
      SCW_APPLICATION_NAME: basename(dirname(handlerPath)),
      SCW_PUBLIC: 'true',
      TRIGGER_HTTP_HOST: '127.0.0.1',
      // One process: there is nobody to agree with on ticks.
      ...((values.cron ?? given['TRIGGER_CRON_SCHEDULE']) && { TRIGGER_CRON_SHARED: 'false' }),
      LOG_FORMAT: 'pretty',
      ...given,
      SCW_HANDLER_PATH: handlerPath,
      ...(values.cron && { TRIGGER_CRON_SCHEDULE: values.cron.join(';') }),
      ...(values.nats && { TRIGGER_NATS_SUBJECT: values.nats.join(',') }),
    },
  };
}

/** Whether it needs a server of NATS that nobody has named. */
export function needsNatsServer(environment: Environment): boolean {
  const wants = ['TRIGGER_NATS_SUBJECT', 'TRIGGER_NATS_STREAM'].some((name) => environment[name]);
  return wants && !environment['TRIGGER_NATS_URL'];
}

function fileOf(path: string): Environment {
  try {
    return parseEnv(readFileSync(path, 'utf8'));
  } catch (error) {
    throw usage(`--env ${path} cannot be read: ${messageOf(error)}`);
  }
}

function usage(message: string): CliError {
  return usageError('dev', message);
}
