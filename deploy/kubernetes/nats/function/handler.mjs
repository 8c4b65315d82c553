/** HTTP requests, and messages of `orders.placed`: what they return is answered, or acknowledges the message. */
export const handle = async (event) => {
  console.log(`${event.requestContext.eventType}: ${event.body ?? ''}`);
  return { statusCode: 200, body: 'taken\n' };
};

/** The schedule `nightly`. */
export const report = async (event) => {
  console.log(`the report of ${event.cron.scheduledAt}`);
};
