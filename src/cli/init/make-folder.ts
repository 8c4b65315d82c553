import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { messageOf } from '../../errors.js';
import { CliError } from '../cli-error.js';
import type { Template } from './templates.js';

/** What a test or a build may have left in the folder of a template. */
const LEFT_BEHIND = /^(__pycache__|node_modules|build|package-lock\.json|handler|\..*)$/;
const TEST_OF_LIBRARY = /_test\.go$/;

/** Copies a template into a folder that is empty, or does not exist yet; nothing is ever overwritten. Gives the names in it. */
export function makeFolder({ folder: from, library }: Template, folder: string): string[] {
  refuseUsed(folder);
  try {
    copy(from, folder, (name) => !LEFT_BEHIND.test(name));
    if (library) {
      copy(library.folder, join(folder, library.name), (name) => !TEST_OF_LIBRARY.test(name));
      const file = join(folder, library.saidIn);
      writeFileSync(file, readFileSync(file, 'utf8').replace(library.as, `./${library.name}`));
    }
    return readdirSync(folder).sort();
  } catch (error) {
    throw new CliError(`${folder} cannot be written: ${messageOf(error)}`);
  }
}

function refuseUsed(folder: string): void {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw new CliError(`${folder} cannot be used (${messageOf(error)}); name another folder`);
  }
  if (names.length > 0) throw new CliError(`${folder} is not empty, and nothing is overwritten; name another folder`);
}

function copy(from: string, to: string, isWanted: (name: string) => boolean): void {
  mkdirSync(to, { recursive: true });
  const filter = (path: string) => path === from || isWanted(basename(path));
  cpSync(from, to, { recursive: true, filter, errorOnExist: true, force: false });
}
