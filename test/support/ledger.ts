import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { HANDLERS } from './start-host.js';

/** The handler that writes down what it runs. */
export const LEDGER_HANDLER = join(HANDLERS, 'ledger.cjs');

export interface LedgerLine {
  readonly at: number;
  readonly pid: number;
  readonly begins?: true;
  readonly ends?: true;
  readonly n?: number;
  readonly requestId: string;
  readonly attempt: number;
  readonly scheduledAt?: string;
}

/** What the functions of all hosts of a test have run. */
export interface Ledger {
  readonly env: { readonly SCW_HANDLER_PATH: string; readonly LEDGER_FILE: string };
  /** Runs that began, in their order. */
  begun(): LedgerLine[];
  /** Runs that came to their end. */
  ended(): LedgerLine[];
  /** The numbers of what came to its end, each once, in order. */
  handled(): number[];
  /** Runs to the end of what had come to its end before. */
  duplicates(): number;
}

/** Reads on where it last stopped: a soak asks a hundred times a second, and writes tens of thousands of lines. */
function linesOf(file: string): () => readonly LedgerLine[] {
  const lines: LedgerLine[] = [];
  let offset = 0;
  return () => {
    if (!existsSync(file)) return lines;
    const added = readFileSync(file).subarray(offset);
    const end = added.lastIndexOf('\n') + 1;
    for (const line of added.toString('utf8', 0, end).split('\n').slice(0, -1))
      lines.push(JSON.parse(line) as LedgerLine);
    offset += end;
    return lines;
  };
}

/** An empty ledger; it goes when the test ends. */
export function newLedger(): Ledger {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-ledger-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'runs.jsonl');
  const lines = linesOf(file);
  const ended = () => lines().filter((line) => line.ends);
  const handled = () => [...new Set(ended().flatMap(({ n }) => (n === undefined ? [] : [n])))].sort((a, b) => a - b);
  return {
    env: { SCW_HANDLER_PATH: LEDGER_HANDLER, LEDGER_FILE: file },
    begun: () => lines().filter((line) => line.begins),
    ended,
    handled,
    duplicates: () => ended().length - new Set(ended().map(({ requestId }) => requestId)).size,
  };
}
