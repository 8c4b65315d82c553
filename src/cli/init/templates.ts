import { join } from 'node:path';
import { packageRoot } from '../../config/package-root.js';

/** A folder of `examples/`, and what of it belongs into a new one. */
export interface Template {
  readonly language: string;
  readonly folder: string;
  /** What runs its test. */
  readonly test: string;
  /** What `tributary dev` takes as it is; a program has to be built first. */
  readonly handler?: string;
  /** Where it needs a library of this package: its folder, how it is called in the new one, and the file that says where it lies. */
  readonly library?: { readonly folder: string; readonly name: string; readonly saidIn: string; readonly as: string };
}

const example = (name: string) => join(packageRoot(), 'examples', name);

export const TEMPLATES: Readonly<Record<string, () => Template>> = {
  node: () => ({ language: 'JavaScript', folder: example('node'), test: 'node --test', handler: 'handler.js' }),
  typescript: () => ({
    language: 'TypeScript',
    folder: example('typescript'),
    test: 'node --test',
    handler: 'handler.ts',
  }),
  python: () => ({ language: 'Python', folder: example('python'), test: 'python3 -m unittest', handler: 'handler.py' }),
  go: () => ({
    language: 'Go',
    folder: example('go'),
    test: 'go test .',
    library: {
      folder: join(packageRoot(), 'runtimes/go'),
      name: 'tributary-runtime',
      saidIn: 'go.mod',
      as: '../../runtimes/go',
    },
  }),
};
