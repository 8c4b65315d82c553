import { existsSync } from 'node:fs';
import { dirname, extname, join, normalize } from 'node:path';

/**
 * Makes links of the repository links of the site: a folder is its page, and a file that is no page is served as it is.
 *
 * @param {import('markdown-it')} md
 * @param {string} pages The folder of the pages.
 */
export function siteLinks(md, pages) {
  md.core.ruler.push('site-links', ({ tokens, env }) => {
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const href = token.type === 'link_open' ? token.attrGet('href') : null;
      if (href === null || /^([a-z]+:|#|\/)/i.test(href)) continue;
      const [path = '', anchor] = href.split('#');
      const target = normalize(join(dirname(env.relativePath), decodeURI(path)));
      if (isFolder(pages, target)) token.attrSet('href', `${path.replace(/\/$/, '')}/${pageOf(pages, target)}`);
      else if (extname(target) !== '.md') token.attrSet('target', '_blank');
      if (anchor !== undefined && isFolder(pages, target)) token.attrSet('href', `${token.attrGet('href')}#${anchor}`);
    }
  });
}

function isFolder(pages, target) {
  return ['index.md', 'README.md'].some((name) => existsSync(join(pages, target, name)));
}

function pageOf(pages, target) {
  return existsSync(join(pages, target, 'README.md')) ? 'README.md' : 'index.md';
}

/** A fence of mermaid is a diagram, drawn in the browser. */
export function diagrams(md) {
  const fence = md.renderer.rules.fence;
  md.renderer.rules.fence = (tokens, index, ...rest) => {
    const { info, content } = tokens[index];
    if (info.trim() !== 'mermaid') return fence(tokens, index, ...rest);
    return `<Diagram code="${encodeURIComponent(content)}" />`;
  };
}

/** Pages are Markdown, not templates: `{{ }}` in their text and code is what it says. */
export function literalBraces(md) {
  for (const rule of ['text', 'code_inline']) {
    const render = md.renderer.rules[rule];
    md.renderer.rules[rule] = (...args) => render(...args).replaceAll('{{', '&#123;&#123;');
  }
}
