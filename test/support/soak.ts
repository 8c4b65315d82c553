import { appendFileSync } from 'node:fs';

/** How much longer than usual tests last: 1, or what `npm run soak` says. */
export const SOAK_FACTOR = Number(process.env['SOAK_FACTOR'] ?? 1);

/** A count, or milliseconds, of the usual length. */
export const scaled = (usual: number): number => usual * SOAK_FACTOR;

/** Counts at which a fault is made, evenly over `count`; as many as usual, or in proportion to the length. */
export function faultsOver(count: number, usual: number): number[] {
  const faults = scaled(usual);
  return Array.from({ length: faults }, (_, index) => Math.floor(((index + 1) * count) / (faults + 1)));
}

/** A row of the table of `npm run soak`; printed in any case. */
export function report(fault: string, counts: Readonly<Record<string, number>>): void {
  console.log(`${fault}: ${JSON.stringify(counts)}`);
  const file = process.env['SOAK_REPORT'];
  if (file) appendFileSync(file, `${JSON.stringify({ fault, ...counts })}\n`);
}
