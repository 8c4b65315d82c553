import { describe, expectTypeOf, it } from 'vitest';
import type { CloudEvent, CronEvent, Handler, HandlerResponse, HttpEvent, NatsEvent } from './index.js';
import type { readCloudEvent } from './triggers/cloud-event.js';
import type { toCronEvent } from './triggers/cron/cron.event.js';
import type { toHttpEvent } from './triggers/http/http.event.js';
import type { toNatsEvent } from './triggers/nats/nats.event.js';

/* Checked by `npm run typecheck`: what the triggers make is what the package promises to handlers. */
describe('section 3: the types for people who write handlers', () => {
  it('are those of the events that the triggers make', () => {
    expectTypeOf<ReturnType<typeof toHttpEvent>>().toExtend<HttpEvent>();
    expectTypeOf<ReturnType<typeof toCronEvent>>().toExtend<CronEvent>();
    expectTypeOf<ReturnType<typeof toNatsEvent>>().toExtend<NatsEvent>();
    expectTypeOf<NonNullable<ReturnType<typeof readCloudEvent>>>().toEqualTypeOf<CloudEvent>();
  });

  it('let a handler tell the events apart and answer in every way', () => {
    const handle: Handler = (event) => ('cron' in event ? null : { statusCode: 200, body: event.body });
    expectTypeOf(handle).returns.toExtend<unknown>();
    const onEvent: Handler<HttpEvent | NatsEvent> = ({ cloudEvent }) => cloudEvent?.type;
    expectTypeOf(onEvent).returns.toExtend<unknown>();
    expectTypeOf<{ statusCode: 200; headers: { 'Set-Cookie': string[] } }>().toExtend<HandlerResponse>();
  });
});
