import { readFileSync } from 'node:fs';

const CATALOGUE = new URL('catalogue.json', import.meta.url);

/**
 * The first step, on `orders.new`: puts the price to an order. What it returns goes to `orders.checked`.
 *
 * @type {import('tributary-host').Handler}
 */
export function check(event) {
  const order = JSON.parse(event.body);
  const price = JSON.parse(readFileSync(CATALOGUE, 'utf8'))[order.product];
  // The handler's 4xx says that a second attempt is of no use: the order becomes a dead letter.
  if (price === undefined) return { statusCode: 422, body: `the catalogue has no ${order.product}\n` };
  console.log(`order ${order.id}: checked`);
  return { statusCode: 200, body: { ...order, total: price * order.quantity } };
}

/**
 * The second step, on `orders.checked`.
 *
 * @type {import('tributary-host').Handler}
 */
export function ship(event) {
  // Every outcome of the first step is published, also that of an order which it gave up: those end here.
  if (event.headers.Status !== '200') return { statusCode: 204 };
  const order = JSON.parse(event.body);
  console.log(`order ${order.id}: ${order.quantity} ${order.product} for ${order.total} shipped`);
  return { statusCode: 200, body: { id: order.id, shippedAt: new Date().toISOString() } };
}
