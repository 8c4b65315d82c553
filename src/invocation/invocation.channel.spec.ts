import { expect, it, onTestFinished } from 'vitest';
import { FakePool } from '../../test/support/fake-pool.js';
import { type InvocationStartedMessage, invocationStarted } from './invocation.channel.js';
import { InvocationConfig } from './invocation.config.js';
import { InvocationService } from './invocation.service.js';
import { SubRuntimeConfig } from './sub-runtime/sub-runtime.config.js';
import type { SubRuntimePool } from './sub-runtime/sub-runtime.pool.js';

it('an observer may put a child in the place of the traceparent that came: the sub-runtime gets that one', () => {
  const child = '00-0af7651916cd43dd8448eb211c80319c-1111111111111111-01';
  const observe = (message: unknown) => ((message as InvocationStartedMessage).event.traceparent = child);
  invocationStarted.subscribe(observe);
  onTestFinished(() => {
    invocationStarted.unsubscribe(observe);
  });
  const pool = new FakePool();
  const config = Object.assign(new SubRuntimeConfig(), { handlerPath: '/h' });
  const service = new InvocationService(new InvocationConfig(), config, pool as unknown as SubRuntimePool);
  const lane = service.openLane({
    triggerName: 'h',
    triggerType: 'http',
    whenUnavailable: 'refuse',
    whenOverloaded: 'refuse',
  });
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  void service.invoke(lane, { requestId: 'r', payload: {}, attempt: 1, traceparent });
  expect(pool.dispatched[0]?.headers).toEqual(expect.arrayContaining(['traceparent', child]));
  expect(pool.dispatched[0]?.headers).not.toContain(traceparent);
});
