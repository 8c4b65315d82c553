import { join, resolve } from 'node:path';
import { type CliError, EXIT_OK } from '../cli-error.js';
import { parseCommand, runCommand, usageError } from '../command-line.js';
import { ownCommand } from '../own-command.js';
import { oneLine } from '../terminal-text.js';
import { makeFolder } from './make-folder.js';
import { type Template, TEMPLATES } from './templates.js';

const LANGUAGES = Object.keys(TEMPLATES);
const DEFAULT_FOLDER = 'hello';

export const INIT_HELP = `tributary init [LANGUAGE] [FOLDER]: make a folder with a function that runs

  LANGUAGE   ${LANGUAGES.join(', ')}; node if none is given
  FOLDER     ${DEFAULT_FOLDER} if none is given; must be empty, or not exist yet

The folder has a handler, its test, a Dockerfile and a README that says how to
test, serve and ship it. Needs no network.

Exit codes: 0 made; 1 not, since the folder is not empty or cannot be written;
64 wrong usage.
`;

/** `tributary init`. Resolves with the exit code. */
export async function init(args: string[]): Promise<number> {
  return runCommand({ name: 'init', help: INIT_HELP }, args, () => {
    const { template, folder } = readArguments(args);
    const names = makeFolder(template, resolve(folder));
    process.stdout.write(textOf(template, folder, names));
    return EXIT_OK;
  });
}

function readArguments(args: string[]): { template: Template; folder: string } {
  const [language = 'node', folder = DEFAULT_FOLDER, ...rest] = parseCommand('init', {
    args,
    allowPositionals: true,
    options: {},
  }).positionals;
  if (rest.length > 0) throw usage(`expected [LANGUAGE] [FOLDER], got ${rest.length + 2} arguments`);
  const template = Object.hasOwn(TEMPLATES, language) ? TEMPLATES[language] : undefined;
  if (!template) throw usage(`${JSON.stringify(language)} is none of ${LANGUAGES.join(', ')}`);
  if (folder === '') throw usage('FOLDER is empty');
  return { template: template(), folder };
}

function usage(message: string): CliError {
  return usageError('init', message);
}

function textOf({ language, test, handler }: Template, folder: string, names: readonly string[]): string {
  return [
    `${oneLine(folder)}: a function in ${language}: ${names.join(', ')}`,
    `Its test, in that folder: ${test}`,
    ...(handler === undefined
      ? []
      : [`Run it while you write it: ${ownCommand()} dev ${shellWord(join(folder, handler))}`]),
    'README.md says how to serve and ship it.',
    '',
  ].join('\n');
}

/** A path as it is typed. */
function shellWord(path: string): string {
  const text = oneLine(path);
  return /^[\w./@:+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
