import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { HANDLERS } from './start-host.js';

/** The handler that waits at a gate. */
export const GATE_HANDLER = join(HANDLERS, 'gate.cjs');

export interface Gate {
  /** The body of an event that waits until the gate is open. */
  readonly body: string;
  open(): void;
}

/** A gate that is closed; it goes when the test ends. */
export function closedGate(): Gate {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-gate-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const body = join(folder, 'open');
  return { body, open: () => writeFileSync(body, '') };
}
