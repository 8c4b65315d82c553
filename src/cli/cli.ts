import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../config/package-root.js';
import type { Environment } from '../config/read-variables.js';
import { EXIT_OK, EXIT_USAGE } from './cli-error.js';
import { runCommand, usageError } from './command-line.js';
import { nearestName } from '../config/nearest-name.js';

interface Command {
  readonly usage: string;
  readonly summary: string;
  /** Loads the code of this command alone, and runs it; resolves with the exit code. */
  readonly run: (args: string[], environment: Environment) => Promise<number>;
}

const COMMANDS: Readonly<Record<string, Command>> = {
  start: {
    usage: '[start]',
    summary: 'run the host; the environment configures it',
    run: (args) =>
      runCommand({ name: 'start', help: START_HELP }, args, () => {
        throw usageError('start', `it takes no arguments, got ${args.join(' ')}; variables configure it`);
      }),
  },
  dev: {
    usage: 'dev HANDLER',
    summary: 'run the host while you write the function',
    run: async (args, environment) => (await import('./dev/dev.command.js')).dev(args, environment),
  },
  init: {
    usage: 'init [LANGUAGE]',
    summary: 'make a folder with a function and its test',
    run: async (args) => (await import('./init/init.command.js')).init(args),
  },
  invoke: {
    usage: 'invoke',
    summary: 'hand one event to the function, without a host',
    run: async (args, environment) => (await import('./invoke/invoke.command.js')).invoke(args, environment),
  },
  explain: {
    usage: 'explain',
    summary: 'what becomes of each outcome, or what is wrong',
    run: async (args, environment) => (await import('./explain/explain.command.js')).explain(args, environment),
  },
  send: {
    usage: 'send SUBJECT DATA',
    summary: 'publish a NATS message and print the reply',
    run: async (args, environment) => (await import('./send.command.js')).send(args, environment),
  },
  'dead-letters': {
    usage: 'dead-letters',
    summary: 'list, show, replay and discard what was given up',
    run: async (args, environment) =>
      (await import('./dead-letters/dead-letters.command.js')).deadLetters(args, environment),
  },
  verify: {
    usage: 'verify -- COMMAND',
    summary: 'check a sub-runtime against the wire protocol',
    run: async (args, environment) => (await import('./verify.command.js')).verify(args, environment),
  },
};

const HELP = `tributary: a multi-trigger function host

${Object.values(COMMANDS)
  .map(({ usage, summary }) => lineOf(usage, summary))
  .join('')}${lineOf('COMMAND --help', 'the options of a command')}${lineOf('--version', 'the version of this package')}
Exit codes: 0 ended as asked, 1 failed, 64 wrong usage, 78 the configuration
cannot be used. SCW_HANDLER_PATH=/path/to/handler is the only variable that is
required; docs/configuration.md lists all.
`;

const START_HELP = `tributary start: run the host, configured by the environment alone

It spawns the sub-runtime for SCW_HANDLER_PATH, answers HTTP on PORT (8080),
runs TRIGGER_CRON_SCHEDULE and listens to TRIGGER_NATS_SUBJECT, until SIGTERM or
SIGINT: then it ends what is in flight and exits with 0. It takes no arguments;
the README lists the variables, and tributary explain checks them.

Exit codes: 0 ended as asked; 64 wrong usage; 78 the configuration cannot be
used: stderr says all that is wrong; 130 or 143 ended at once by a second SIGINT
or SIGTERM.
`;

/** Runs a command other than `start`; resolves with the exit code. */
export async function runCli(args: readonly string[]): Promise<number> {
  // Whoever reads no further, as `head` does, has seen enough.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const [name = '', ...rest] = args;
  if (Object.hasOwn(COMMANDS, name)) return (COMMANDS[name] as Command).run(rest, process.env);
  switch (name) {
    case '--help':
    case '-h':
      return print(HELP);
    case 'help':
      return rest[0] === undefined ? print(HELP) : runCli([rest[0], '--help']);
    case '--version':
    case '-v':
      return print(`${version()}\n`);
    default:
      return refuse(name);
  }
}

function refuse(name: string): number {
  const nearest = nearestName(name, Object.keys(COMMANDS));
  const meant = nearest === undefined ? '' : `, did you mean ${nearest}?`;
  process.stderr.write(`tributary: unknown command ${JSON.stringify(name)}${meant}; tributary --help lists them\n`);
  return EXIT_USAGE;
}

function lineOf(usage: string, summary: string): string {
  return `  tributary ${usage.padEnd(18)}  ${summary}\n`;
}

function print(text: string): number {
  process.stdout.write(text);
  return EXIT_OK;
}

function version(): string {
  const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string };
  return version;
}
