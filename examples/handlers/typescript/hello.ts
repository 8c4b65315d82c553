// SCW_HANDLER_PATH=…/hello.ts SCW_HANDLER_NAME=handle; Node 22.18 or newer runs it as it is.
import type { Handler } from 'tributary-host';

/** Answers an HTTP request, a tick of a schedule and a message alike: the event says where it comes from. */
export const handle: Handler = async (event, context) => {
  console.log(`reached by ${event.requestContext.eventType}`);
  return {
    statusCode: 200,
    headers: { 'Content-Type': 'text/plain; charset=utf-8' },
    body: `Hello ${event.body || 'world'}, from ${context.functionName || 'a function'}\n`,
  };
};
