// SCW_HANDLER_PATH=…/hello.js SCW_HANDLER_NAME=handle

/** Answers an HTTP request, a tick of a schedule and a message alike: the event says where it comes from. */
export const handle = (event, context) => {
  console.log(`reached by ${event.requestContext.eventType}`);
  return {
    statusCode: 200,
    headers: { 'Content-Type': 'text/plain; charset=utf-8' },
    body: `Hello ${event.body || 'world'}, from ${context.functionName || 'a function'}\n`,
  };
};
