import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { slug } from 'github-slugger';
import { defineConfig } from 'vitepress';
import { PAGES } from '../collect.mjs';
import { diagrams, literalBraces, siteLinks } from '../markdown.mjs';

/** The first heading of a page. */
function titleOf(page) {
  return /^# (.*)$/m.exec(readFileSync(join(PAGES, page), 'utf8'))?.[1]?.replaceAll('`', '') ?? page;
}

const item = (page, text = titleOf(page)) => ({ text, link: `/${page.replace(/\.md$/, '')}` });
const doc = (name, text) => item(`docs/${name}.md`, text);

/** All pages of a folder, which need not be there. */
function folder(name) {
  if (!existsSync(join(PAGES, name))) return [];
  const pages = readdirSync(join(PAGES, name)).filter((page) => page.endsWith('.md') && page !== 'index.md');
  return pages.map((page) => item(`${name}/${page}`));
}

function group(text, items) {
  return items.length > 0 ? [{ text, items }] : [];
}

const examples = readdirSync(join(PAGES, 'examples'), { withFileTypes: true, recursive: true })
  .filter(({ name, parentPath }) => name === 'README.md' && parentPath !== join(PAGES, 'examples'))
  .map(({ parentPath }) => `${parentPath.slice(PAGES.length + 1)}/README.md`)
  .sort();

const sidebar = [
  ...group('Start', [
    item('README.md', 'In two minutes'),
    doc('getting-started'),
    { text: 'Examples', collapsed: true, items: examples.map((page) => item(page)) },
  ]),
  ...group('Functions', [
    doc('triggers/http', 'HTTP'),
    doc('triggers/cron', 'Cron'),
    doc('triggers/nats', 'NATS'),
    doc('delivery-guarantees'),
    doc('sub-runtimes'),
    doc('wire-protocol'),
    doc('coming-from', 'Coming from OpenFaaS, nuclio, Lambda'),
    doc('migration', 'From the Scaleway core runtime'),
  ]),
  ...group('Deployment', folder('docs/deployment')),
  ...group('Operation', [
    doc('configuration'),
    doc('operations'),
    doc('admin-port'),
    doc('scaling'),
    doc('errors'),
    doc('metrics'),
    doc('traces'),
    item('SECURITY.md'),
  ]),
  ...group('Inside', [
    doc('architecture'),
    doc('performance'),
    doc('reliability'),
    item('docs/decisions/index.md', 'Decisions'),
  ]),
];

/** What stands nowhere above is there all the same. */
const named = JSON.stringify(sidebar);
const rest = folder('docs').filter(({ link }) => !named.includes(`"${link}"`));
sidebar.push(...group('Project', [...rest, item('CONTRIBUTING.md'), item('CHANGELOG.md')]));

const WIDE = new Set(['configuration', 'coming-from', 'reliability'].map((name) => `docs/${name}.md`));

export default defineConfig({
  title: 'Tributary',
  description: 'One function, in any language, reached by HTTP requests, cron schedules and NATS messages',
  lang: 'en',
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  base: process.env.SITE_BASE ?? '/',
  srcDir: '.pages',
  outDir: 'dist',
  cleanUrls: false,
  markdown: {
    // Anchors are those that the Markdown has where it lies.
    anchor: { slugify: (text) => slug(text) },
    config: (md) => {
      siteLinks(md, PAGES);
      diagrams(md);
      literalBraces(md);
    },
  },
  // Their tables need the room of the outline.
  transformPageData: ({ relativePath }) => {
    if (WIDE.has(relativePath)) return { frontmatter: { aside: false } };
  },
  themeConfig: {
    nav: [
      { text: 'Getting started', link: '/docs/getting-started' },
      { text: 'Configuration', link: '/docs/configuration' },
      { text: 'Operations', link: '/docs/operations' },
      { text: 'Changelog', link: '/CHANGELOG' },
    ],
    sidebar,
    outline: [2, 3],
    search: { provider: 'local' },
  },
});
