/**
 * Copies what the site is made of into `website/.pages`, which git ignores: all Markdown for users, at its place in the
 * repository, so that relative links hold as they are; and whatever else of the repository these pages link to.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const WEBSITE = dirname(fileURLToPath(import.meta.url));
const ROOT = dirname(WEBSITE);
export const PAGES = join(WEBSITE, '.pages');

const SOURCES = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', 'docs', 'examples'];
const SKIPPED = new Set(['node_modules', '__pycache__']);

/** Gives the pages, from the project's root. */
export function collect() {
  rmSync(PAGES, { recursive: true, force: true });
  const pages = new Set(SOURCES.flatMap(markdownIn));
  // What a page links to may be a page as well, and is looked at in its turn.
  for (const page of pages) {
    copy(page, page);
    for (const target of localTargetsOf(page)) {
      if (isFolder(target)) addIndex(target);
      else if (target.endsWith('.md')) pages.add(target);
      else copy(target, isImage(target) ? target : join('public', target));
    }
  }
  cpSync(join(WEBSITE, 'index.md'), join(PAGES, 'index.md'));
  return [...pages];
}

function markdownIn(path) {
  if (!isFolder(path)) return path.endsWith('.md') ? [path] : [];
  return namesIn(path).flatMap((name) => markdownIn(join(path, name)));
}

function namesIn(folder) {
  return readdirSync(join(ROOT, folder)).filter((name) => !SKIPPED.has(name) && !name.startsWith('.'));
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

function isFolder(path) {
  return statSync(join(ROOT, path)).isDirectory();
}

function isImage(path) {
  return /\.(png|svg)$/.test(path);
}

function copy(from, to) {
  mkdirSync(dirname(join(PAGES, to)), { recursive: true });
  cpSync(join(ROOT, from), join(PAGES, to));
}

/** A page for a folder that has none of its own: its pages, each by its first heading, or else its files. */
function addIndex(folder) {
  const own = ['index.md', 'README.md'].some((name) => existsSync(join(ROOT, folder, name)));
  if (own || existsSync(join(PAGES, folder, 'index.md'))) return;
  const pages = markdownIn(folder);
  const files = pages.length > 0 ? [] : namesIn(folder).filter((name) => !isFolder(join(folder, name)));
  for (const name of files) copy(join(folder, name), join('public', folder, name));
  const lines = [
    ...pages.map((page) => `- [${titleOf(page)}](./${page.slice(join(folder, '/').length)})`),
    ...files.map((name) => `- [${name}](./${name})`),
  ];
  mkdirSync(join(PAGES, folder), { recursive: true });
  const name = folder.split('/').findLast((part) => part !== '') ?? folder;
  writeFileSync(
    join(PAGES, folder, 'index.md'),
    `# ${name[0]?.toUpperCase()}${name.slice(1)}\n\n${lines.join('\n')}\n`,
  );
}

function titleOf(page) {
  return /^# (.*)$/m.exec(readFileSync(join(ROOT, page), 'utf8'))?.[1] ?? page;
}
