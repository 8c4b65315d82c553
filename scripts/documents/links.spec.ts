import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Document, type DocumentLink, documents, readDocument } from '../../test/support/documents.js';
import { ROOT } from '../../test/support/start-host.js';

const all = documents();
const anchorsOf = new Map(all.map(({ page, anchors }) => [page, anchors]));

/** Why a link leads nowhere; `undefined` where it leads somewhere, or out of the project. */
function problemOf({ page, target }: DocumentLink): string | undefined {
  if (/^[a-z][a-z+.-]*:/i.test(target)) return undefined;
  const [path = '', anchor] = decodeURI(target).split('#');
  const file = path === '' ? page : normalize(join(dirname(page), path));
  if (path.startsWith('/') || file.startsWith('..')) return 'leads out of the project';
  if (!existsSync(join(ROOT, file))) return `${file} does not exist`;
  if (anchor === undefined) return undefined;
  const anchors = anchorsOf.get(file);
  if (!anchors) return `${file} has no anchors`;
  return anchors.has(anchor) ? undefined : `${file} has no heading #${anchor}`;
}

function brokenLinks(documentsToCheck: readonly Document[]): string[] {
  return documentsToCheck.flatMap(({ links }) =>
    links.flatMap((link) => {
      const problem = problemOf(link);
      return problem === undefined ? [] : [`${link.page}:${link.line}: ${link.target}: ${problem}`];
    }),
  );
}

describe('the links of all documents', () => {
  it('lead to files and headings that exist', () => {
    expect(all.flatMap(({ links }) => links).length).toBeGreaterThan(200);
    expect(brokenLinks(all)).toEqual([]);
  });

  it.each([
    ['[a](docs/nowhere.md)', 'docs/nowhere.md does not exist'],
    ['[a](docs/errors.md#no-such-heading)', 'has no heading #no-such-heading'],
    ['[a](#no-such-heading)', 'has no heading #no-such-heading'],
    ['| x |\n| --- |\n| ![a](docs/images/none.png) |', 'docs/images/none.png does not exist'],
    ['[a][b]\n\n[b]: ../elsewhere.md', 'leads out of the project'],
    ['[a](LICENSE#mit)', 'LICENSE has no anchors'],
  ])('are found out in %j', (text, problem) => {
    expect(brokenLinks([readDocument('README.md', text)])).toEqual([expect.stringContaining(problem)]);
  });

  it('reach every page of docs/ from docs/index.md or a page that it links to', () => {
    const reached = new Set(['docs/index.md']);
    for (const page of reached) {
      for (const { target } of all.find((document) => document.page === page)?.links ?? []) {
        const file = normalize(join(dirname(page), decodeURI(target).split('#')[0] ?? ''));
        if (anchorsOf.has(file)) reached.add(file);
      }
    }
    const own = all.map(({ page }) => page).filter((page) => /^docs\/(?!decisions)|^[^/]+$/.test(page));
    expect(own.filter((page) => !reached.has(page))).toEqual([]);
  });
});
