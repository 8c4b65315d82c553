import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Context, Event } from 'tributary-host';
import { handle } from './handler.ts';

const context = { functionName: 'hello' } as Context;
/** An event with what the handler looks at. */
const event = (members: object) => ({ body: '', queryStringParameters: {}, ...members }) as Event;

test('greets whoever a request names', () => {
  const request = event({ requestContext: { eventType: 'http' }, queryStringParameters: { name: 'Ada' } });
  assert.equal(handle(request, context).body, 'Hello Ada, from hello\n');
});

test('greets whoever a message names', () => {
  const message = event({ requestContext: { eventType: 'nats' }, body: 'Ada' });
  assert.equal(handle(message, context).body, 'Hello Ada, from hello\n');
});

test('greets the world on a schedule', () => {
  const tick = event({ requestContext: { eventType: 'cron' } });
  assert.equal(handle(tick, context).body, 'Hello world, from hello\n');
});
