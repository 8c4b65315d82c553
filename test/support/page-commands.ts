import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './start-host.js';

/** The blocks of one language in a page of the project, in their order, each as its lines. */
export function blocksOf(page: string, language = 'sh'): string[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'))].map(([, block = '']) => block);
}
