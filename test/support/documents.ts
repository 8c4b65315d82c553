import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import MarkdownIt from 'markdown-it';
import GithubSlugger from 'github-slugger';
import { ROOT } from './start-host.js';

/** A fenced block of a document. */
export interface Fence {
  /** From the project's root. */
  readonly page: string;
  /** From 1. */
  readonly line: number;
  readonly language: string;
  /** What stands behind the language, such as `run-by=documents`. */
  readonly marks: Readonly<Record<string, string>>;
  readonly code: string;
  /** The block that follows at once, with nothing between but its own fence. */
  readonly next: Fence | undefined;
}

export interface DocumentLink {
  readonly page: string;
  readonly line: number;
  readonly target: string;
}

/** One Markdown file, read. */
export interface Document {
  readonly page: string;
  readonly fences: readonly Fence[];
  /** Indented code, which cannot bear marks. */
  readonly indented: readonly { readonly line: number; readonly code: string }[];
  readonly links: readonly DocumentLink[];
  /** The anchors of its headings, as GitHub makes them. */
  readonly anchors: ReadonlySet<string>;
}

const SKIPPED = new Set(['node_modules', 'dist', 'coverage', 'results']);

/** All Markdown files of the project. */
export function documents(): Document[] {
  return pagesIn(ROOT).map((page) => readDocument(page));
}

function pagesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (SKIPPED.has(entry.name) || entry.name.startsWith('.')) return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return pagesIn(path);
    return entry.name.endsWith('.md') ? [relative(ROOT, path)] : [];
  });
}

type Token = ReturnType<InstanceType<typeof MarkdownIt>['parse']>[number];

/** @param text By default that of the file. */
export function readDocument(page: string, text = readFileSync(join(ROOT, page), 'utf8')): Document {
  const tokens = new MarkdownIt({ html: true }).parse(text, {});
  const fences: Fence[] = [];
  for (const [index, token] of [...tokens.entries()].toReversed()) {
    if (token.type !== 'fence') continue;
    const after = tokens[index + 1];
    const next = after?.type === 'fence' ? fences[0] : undefined;
    fences.unshift(fenceOf(page, token, next));
  }
  return {
    page,
    fences,
    indented: tokens
      .filter(({ type }) => type === 'code_block')
      .map((token) => ({ line: lineOf(token), code: token.content })),
    links: tokens.flatMap((token) => linksOf(page, token)),
    anchors: anchorsOf(tokens),
  };
}

function fenceOf(page: string, token: Token, next: Fence | undefined): Fence {
  const [language = '', ...marks] = token.info.trim().split(/\s+/);
  const pairs = marks.map((mark) => {
    const [name = '', ...value] = mark.split('=');
    return [name, value.join('=')] as const;
  });
  return { page, line: lineOf(token), language, marks: Object.fromEntries(pairs), code: token.content, next };
}

function lineOf({ map }: Token): number {
  return (map?.[0] ?? 0) + 1;
}

function linksOf(page: string, token: Token): DocumentLink[] {
  const targets = (token.children ?? []).map((child) => child.attrGet('href') ?? child.attrGet('src'));
  return targets.flatMap((target) => (target === null ? [] : [{ page, line: lineOf(token), target: String(target) }]));
}

function anchorsOf(tokens: readonly Token[]): Set<string> {
  const slugger = new GithubSlugger();
  const headings = tokens.filter((_, index) => tokens[index - 1]?.type === 'heading_open');
  return new Set(headings.map((heading) => slugger.slug(textOf(heading))));
}

function textOf({ children }: Token): string {
  return (children ?? []).map(({ content }) => content).join('');
}

const SHELLS = new Set(['sh', 'bash', 'shell', 'console', 'zsh']);

export function isShell({ language }: Fence): boolean {
  return SHELLS.has(language);
}

/** The commands of a block, those that go over several lines as one; without comments and empty lines. */
export function commandsOf({ code }: Pick<Fence, 'code'>): string[] {
  return code
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .map((line) => line.replace(/(^|\s)#\s.*$/, '').trimEnd())
    .filter((line) => line.trim() !== '');
}

/** The blocks of a page that a test says it runs. */
export function blocksRunBy(page: string, test: string): Fence[] {
  return readDocument(page).fences.filter((fence) => isShell(fence) && fence.marks['run-by'] === test);
}
