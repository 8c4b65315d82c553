import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../../errors.js';
import { CliError, EXIT_OK, EXIT_USAGE, reportErrors } from '../cli-error.js';
import { oneLine } from '../terminal-text.js';
import { makeFolder } from './make-folder.js';
import { type Template, TEMPLATES } from './templates.js';

const LANGUAGES = Object.keys(TEMPLATES);
const DEFAULT_FOLDER = 'hello';

export const INIT_HELP = `tributary init [LANGUAGE] [FOLDER]: make a folder with a function that runs as it is

  LANGUAGE   ${LANGUAGES.join(', ')}; node if none is given
  FOLDER     ${DEFAULT_FOLDER} if none is given; must be empty, or not exist yet

The folder has a handler, its test, a Dockerfile and a README that says how to test, serve and ship it. Needs no network.
Exit codes: 0 made; 1 not, since the folder is not empty or cannot be written; 64 wrong usage.
`;

/** `tributary init`. Resolves with the exit code. */
export async function init(args: string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(INIT_HELP);
    return EXIT_OK;
  }
  return reportErrors('tributary init', () => {
    const { template, folder } = readArguments(args);
    const names = makeFolder(template, resolve(folder));
    process.stdout.write(textOf(template, folder, names));
    return Promise.resolve(EXIT_OK);
  });
}

function readArguments(args: string[]): { template: Template; folder: string } {
  const [language = 'node', folder = DEFAULT_FOLDER, ...rest] = positionalsOf(args);
  if (rest.length > 0) throw usage(`expected [LANGUAGE] [FOLDER], got ${rest.length + 2} arguments`);
  const template = Object.hasOwn(TEMPLATES, language) ? TEMPLATES[language] : undefined;
  if (!template) throw usage(`${JSON.stringify(language)} is none of ${LANGUAGES.join(', ')}`);
  if (folder === '') throw usage('FOLDER is empty');
  return { template: template(), folder };
}

function positionalsOf(args: string[]): string[] {
  try {
    return parseArgs({ args, allowPositionals: true, options: {} }).positionals;
  } catch (error) {
    throw usage(messageOf(error));
  }
}

function usage(message: string): CliError {
  return new CliError(`${message}; tributary init --help says more`, EXIT_USAGE);
}

function textOf({ language, test }: Template, folder: string, names: readonly string[]): string {
  return [
    `${oneLine(folder)}: a function in ${language}: ${names.join(', ')}`,
    `Its test, in that folder: ${test}`,
    'README.md says how to serve and ship it.',
    '',
  ].join('\n');
}
