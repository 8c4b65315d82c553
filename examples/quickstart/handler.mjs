/**
 * One function, three triggers: it greets whoever a request or a message names, and logs every event that reaches it.
 *
 * @type {import('tributary-host').Handler}
 */
export function handle(event) {
  if ('cron' in event) {
    console.log(`cron: the tick planned for ${event.cron.scheduledAt}`);
    return { body: 'the output of a tick goes nowhere' };
  }
  const greeting = `Hello, ${event.queryStringParameters?.name || nameIn(event.body) || 'world'}!`;
  if ('nats' in event) console.log(`nats: a message on ${event.nats.subject}: ${greeting}`);
  else console.log(`http: ${event.httpMethod} ${event.path}: ${greeting}`);
  return { statusCode: 200, headers: { 'Content-Type': 'text/plain' }, body: `${greeting}\n` };
}

/** `{"name": "Ada"}`, or the name alone. */
function nameIn(body) {
  return body.startsWith('{') ? JSON.parse(body).name : body.trim();
}
