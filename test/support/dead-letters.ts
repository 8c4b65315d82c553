import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { headers as newHeaders } from '@nats-io/transport-node';
import { jetstream } from '@nats-io/jetstream';
import { onTestFinished } from 'vitest';
import { type DeadLetter, letterHeaders } from '../../src/dead-letters/dead-letter.js';
import { type DurableServer, STREAM } from './durable-host.js';
import { APPLICATION } from './nats-host.js';
import { type Host, until } from './start-host.js';

/** What makes the function `mend` work again, and lets it through; each is a file. */
export interface Mending {
  /** Members of an order that is rejected until it is mended. */
  readonly broken: { readonly do: 'mend'; readonly mended: string };
  /** The same, and then it waits at the gate. */
  readonly gated: { readonly do: 'mend'; readonly mended: string; readonly gate: string };
  mend(): void;
  openGate(): void;
}

export function mending(): Mending {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-mending-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [mended, gate] = [join(folder, 'mended'), join(folder, 'gate')];
  return {
    broken: { do: 'mend', mended },
    gated: { do: 'mend', mended, gate },
    mend: () => writeFileSync(mended, ''),
    openGate: () => writeFileSync(gate, ''),
  };
}

/** Resolves when so many letters lie in our stream. */
export function untilLetters(nats: DurableServer, count: number): Promise<true> {
  return until(`${count} letters`, async () => (await nats.letters()).length === count);
}

export interface ApiAnswer {
  readonly status: number;
  readonly text: string;
  readonly json: Record<string, unknown>;
}

/** Asks the admin port for something of `/api/dead-letters`. */
export async function api(
  host: Host,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<ApiAnswer> {
  const response = await fetch(`${host.adminUrl}/api/dead-letters${path}`, {
    method,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json');
  return { status: response.status, text, json: isJson ? (JSON.parse(text) as Record<string, unknown>) : {} };
}

/** The lines of a report. */
export function linesOf(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Writes a letter as a host would, perhaps another one; gives its id. */
export async function writeLetter(nats: DurableServer, about: Partial<DeadLetter>, body = '{}'): Promise<string> {
  const letter: DeadLetter = {
    function: APPLICATION,
    trigger: 'nats',
    type: 'nats',
    reason: 'rejected',
    deliveries: 1,
    attempt: 1,
    lastOutcome: 'rejected',
    lastStatus: 404,
    lastAt: new Date().toISOString(),
    subject: 'orders.new',
    stream: STREAM,
    sequence: 1_000,
    consumer: 'c',
    publishedAt: new Date().toISOString(),
    requestId: `${STREAM}-1000`,
    handler: 'handle',
    format: 'scaleway',
    ...about,
  };
  const headers = newHeaders();
  for (const [name, value] of letterHeaders(letter, [])) headers.append(name, value);
  const subject = `tributary.dead.${letter.function}.${letter.trigger}.${letter.stream}.${letter.sequence}`;
  const { seq } = await jetstream(nats.client).publish(subject, body, { headers });
  return String(seq);
}
