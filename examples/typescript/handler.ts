import type { Handler, HandlerResponse } from 'tributary-host';

/**
 * Greets whoever an HTTP request or a message names. A tick of a schedule is an event like any other: the event says where
 * it comes from.
 */
export const handle = ((event, context): HandlerResponse => {
  console.log(`reached by ${event.requestContext.eventType}`);
  const name = event.body || event.queryStringParameters['name'] || 'world';
  return {
    statusCode: 200,
    headers: { 'Content-Type': 'text/plain; charset=utf-8' },
    body: `Hello ${name}, from ${context.functionName || 'a function'}\n`,
  };
}) satisfies Handler;
