/**
 * Takes the webhook of a shop and makes a job of it. The host has stored the request before the shop was answered, and
 * publishes what this returns to `jobs.invoice`, where a worker takes it from.
 *
 * @type {import('tributary-host').Handler}
 */
export function handle(event) {
  const order = orderIn(event.body);
  // What no second attempt makes better is a 4xx: it becomes a dead letter at once.
  if (!order) return { statusCode: 400, body: 'expected {"order": "A-1", "total": 12.5}\n' };
  console.log(`order ${order.order}: received`);
  return { statusCode: 200, body: { order: order.order, total: order.total } };
}

function orderIn(body) {
  try {
    const order = JSON.parse(body);
    return /^[\w-]+$/.test(order.order) && Number.isFinite(order.total) ? order : undefined;
  } catch {
    return undefined;
  }
}
