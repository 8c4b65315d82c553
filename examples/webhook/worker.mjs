import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

const INVOICES = new URL('invoices/', import.meta.url);

/**
 * Writes an invoice, slowly. A job may come twice, since a worker that is killed has told nobody how far it was: the file
 * is named by the order and put in its place at once, so that the second time changes nothing.
 *
 * @type {import('tributary-host').Handler}
 */
export async function handle(event) {
  // The receiver's host publishes every outcome, also that of a webhook which it gave up.
  if (event.headers.Status !== '200') return { statusCode: 204 };
  const { order, total } = JSON.parse(event.body);
  console.log(`invoice ${order}: begun`);
  await pause(3_000);
  mkdirSync(INVOICES, { recursive: true });
  const unfinished = new URL(`${order}.unfinished`, INVOICES);
  writeFileSync(unfinished, `Order ${order}: ${total.toFixed(2)} EUR\n`);
  renameSync(unfinished, new URL(`${order}.txt`, INVOICES));
  console.log(`invoice ${order}: written`);
  return { statusCode: 200 };
}
