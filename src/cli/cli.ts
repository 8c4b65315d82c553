import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../config/package-root.js';
import { deadLetters } from './dead-letters/dead-letters.command.js';
import { send } from './send.command.js';
import { verify } from './verify.command.js';

/** `EX_USAGE` of sysexits.h. */
const EXIT_CODE_USAGE = 64;

const HELP = `tributary: a multi-trigger function host

  tributary [start]             run the host, configured by the environment alone
  tributary send SUBJECT DATA   publish a NATS message and print the reply
  tributary dead-letters        list, show, replay and discard what was given up
  tributary verify -- COMMAND   check a sub-runtime against the wire protocol
  tributary COMMAND --help      the options of a command
  tributary --version

Exit codes: 0 ended as asked, 64 wrong usage, 78 the configuration cannot be used.
Variables: SCW_HANDLER_PATH=/path/to/handler is the only one that is required; the README lists all.
`;

const START_HELP = `tributary start: run the host, configured by the environment alone

It spawns the sub-runtime for SCW_HANDLER_PATH, answers HTTP on PORT (8080), runs TRIGGER_CRON_SCHEDULE and listens to
TRIGGER_NATS_SUBJECT, until SIGTERM or SIGINT: then it ends what is in flight and exits with 0.
`;

/** Runs a command other than `start`; resolves with the exit code. */
export async function runCli(args: readonly string[]): Promise<number> {
  const [command, ...rest] = args;
  switch (command) {
    case 'send':
      return send(rest, process.env);
    case 'dead-letters':
      return deadLetters(rest, process.env);
    case 'verify':
      return verify(rest, process.env);
    case 'start':
      return print(START_HELP);
    case '--help':
    case '-h':
    case 'help':
      return print(HELP);
    case '--version':
    case '-v':
      return print(`${version()}\n`);
    default:
      process.stderr.write(`tributary: unknown command ${JSON.stringify(command)}; tributary --help lists them\n`);
      return EXIT_CODE_USAGE;
  }
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

function version(): string {
  const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string };
  return version;
}
