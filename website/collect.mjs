/**
 * Copies what the site is made of into `website/.pages`, which git ignores: all Markdown for users, at its place in the
 * repository, so that relative links hold as they are; and the other files that these pages link to.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const WEBSITE = dirname(fileURLToPath(import.meta.url));
const ROOT = dirname(WEBSITE);
export const PAGES = join(WEBSITE, '.pages');

const SOURCES = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', 'bench/README.md', 'docs', 'examples'];
const SKIPPED = new Set(['node_modules', '__pycache__']);

export function collect() {
  rmSync(PAGES, { recursive: true, force: true });
  const pages = SOURCES.flatMap(markdownIn);
  for (const page of pages) copy(page, page);
  for (const page of pages) {
    for (const target of localTargetsOf(page)) {
      if (statSync(join(ROOT, target)).isDirectory()) addIndex(target);
      else if (!target.endsWith('.md')) copy(target, isImage(target) ? target : join('public', target));
    }
  }
  cpSync(join(WEBSITE, 'index.md'), join(PAGES, 'index.md'));
  return pages;
}

function markdownIn(path) {
  if (!existsSync(join(ROOT, path))) return [];
  if (!statSync(join(ROOT, path)).isDirectory()) return path.endsWith('.md') ? [path] : [];
  return readdirSync(join(ROOT, path))
    .filter((name) => !SKIPPED.has(name))
    .flatMap((name) => markdownIn(join(path, name)));
}

const LINK = /\]\(([^)#\s]+)(?:#[^)\s]*)?\)/g;

/** Files and folders of the repository that a page links to. */
function localTargetsOf(page) {
  const targets = [...readFileSync(join(ROOT, page), 'utf8').matchAll(LINK)].map(([, target]) => target);
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => normalize(join(dirname(page), decodeURI(target))))
    .filter((target) => existsSync(join(ROOT, target)));
}

function isImage(path) {
  return /\.(png|svg)$/.test(path);
}

function copy(from, to) {
  mkdirSync(dirname(join(PAGES, to)), { recursive: true });
  cpSync(join(ROOT, from), join(PAGES, to));
}

/** A page for a folder that has none of its own: the first heading of each page in it. */
function addIndex(folder) {
  const index = join(PAGES, folder, 'index.md');
  if (existsSync(index) || existsSync(join(PAGES, folder, 'README.md')) || !existsSync(join(PAGES, folder))) return;
  const lines = markdownIn(folder).map((page) => {
    const title = /^# (.*)$/m.exec(readFileSync(join(ROOT, page), 'utf8'))?.[1] ?? page;
    return `- [${title}](./${page.slice(folder.length).replace(/^\//, '')})`;
  });
  const name = folder.replace(/\/$/, '').split('/').at(-1) ?? folder;
  writeFileSync(index, `# ${name[0]?.toUpperCase()}${name.slice(1)}\n\n${lines.join('\n')}\n`);
}
