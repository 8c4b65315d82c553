import { isUtf8 } from 'node:buffer';
import type { DeadLetter } from '../../dead-letters/dead-letter.js';
import type { StoredLetter } from '../../dead-letters/stored-letter.js';
import { oneLine, visible } from '../terminal-text.js';

const HEAD = ['ID', 'TRIGGER', 'REASON', 'STATUS', 'LAST AT', 'SUBJECT', 'REQUEST ID'];

/** Letters as a table, a line each. */
export function tableOf(letters: readonly StoredLetter[]): string {
  const rows = [HEAD, ...letters.map(rowOf)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) => row.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  '));
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}

function rowOf({ id, letter }: StoredLetter): string[] {
  const { trigger, reason, lastStatus, lastAt, subject, requestId } = letter;
  return [id, trigger, reason, String(lastStatus ?? ''), lastAt, subject, requestId].map(oneLine);
}

/** A whole letter: what it tells, the headers and the body of its message. */
export function textOf({ id, letter, headers, body }: StoredLetter): string {
  const facts = [['id', id] as const, ...factsOf(letter)];
  const width = Math.max(...facts.map(([name]) => name.length));
  const about = facts.map(([name, value]) => `${name.padEnd(width)}  ${oneLine(value)}\n`).join('');
  const own = headers
    .flatMap(([name, values]) => values.map((value) => `  ${oneLine(name)}: ${oneLine(value)}\n`))
    .join('');
  const content = isUtf8(body) ? visible(body.toString()) : body.toString('base64');
  const kind = isUtf8(body) ? '' : ', in base64';
  return `${about}\nheaders${own === '' ? ': none' : ''}\n${own}\nbody (${body.length} bytes${kind})\n${content}\n`;
}

function factsOf(letter: DeadLetter): (readonly [string, string])[] {
  return Object.entries(letter)
    .filter(([, value]) => value !== undefined)
    .map(([member, value]) => [member.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`), String(value)]);
}
