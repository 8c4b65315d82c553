/**
 * What every contender's handler does, by the path of the request. It is little, so that what is measured is the way to
 * the handler and back.
 */
import { setTimeout as pause } from 'node:timers/promises';

const WAIT_MS = 5;
const COMPUTE_MS = 1;

/** The body of an order, parsed, becomes its sum. */
export function totalOf(order) {
  let total = 0;
  for (const { quantity, price } of order.lines) total += quantity * price;
  return { lines: order.lines.length, total };
}

/** Stands for a call to a database: it costs time and no CPU. */
export async function waitedHello() {
  await pause(WAIT_MS);
  return 'hello';
}

const CALL_MS = 50;

/** Stands for a call to another service. */
export async function calledHello() {
  await pause(CALL_MS);
  return 'hello';
}

/** Keeps a CPU busy. */
export function computedHello() {
  const end = performance.now() + COMPUTE_MS;
  while (performance.now() < end);
  return 'hello';
}
