import { describe, expect, it } from 'vitest';
import type { Authenticator } from '../auth/authenticator.js';
import { HostConfig } from '../config/host-config.js';
import type { Availability, SubRuntimePool } from '../invocation/sub-runtime/sub-runtime.pool.js';
import type { HostLifecycle, HostPhase } from '../lifecycle/host-lifecycle.js';
import type { NatsClient, NatsState } from '../nats/nats.client.js';
import { HttpTriggerConfig } from '../triggers/http/http.config.js';
import type { Trigger } from '../triggers/trigger.js';
import { Readiness } from './readiness.js';

interface Situation {
  availability?: Availability;
  phase?: HostPhase;
  problem?: string;
  http?: boolean;
  nats?: NatsState;
  triggers?: Trigger[];
}

function report(situation: Situation = {}) {
  const { availability = 'ready', phase = 'serving', problem, http = true, nats = 'off', triggers = [] } = situation;
  const trigger = Object.assign(new HttpTriggerConfig(), { enabled: http });
  const workers = [{ index: 0, state: availability, pid: 42, load: 3 }];
  return new Readiness(
    new HostConfig(new Map(), new Map([[HttpTriggerConfig, [trigger]]]), []),
    { availability, workers } as unknown as SubRuntimePool,
    { phase } as HostLifecycle,
    { problem } as Authenticator,
    { configured: nats !== 'off', state: nats } as NatsClient,
    { all: triggers },
  ).report();
}

describe('Readiness', () => {
  it('section 10: is ready, component by component', () => {
    expect(report()).toEqual({
      status: 'ready',
      components: {
        subRuntime: { ready: true, workers: [{ index: 0, state: 'ready', pid: 42 }] },
        shutdown: { ready: true, phase: 'serving' },
        auth: { ready: true },
        nats: { ready: true, state: 'off' },
        triggers: [],
      },
    });
  });

  it.each(['starting', 'backing-off'] as const)(
    'section 10: is not ready while the sub-runtime is %s',
    (availability) => {
      const { status, components } = report({ availability });
      expect(status).toBe('not-ready');
      expect(components.subRuntime).toMatchObject({ ready: false, workers: [{ state: availability }] });
    },
  );

  it.each(['starting', 'draining'] as const)('section 10: is not ready while the host is %s', (phase) => {
    const { status, components } = report({ phase });
    expect(status).toBe('not-ready');
    expect(components.shutdown).toEqual({ ready: false, phase });
  });

  it('section 6: is not ready without a usable key while HTTP is enabled', () => {
    const problem = 'SCW_PUBLIC_KEY is not set';
    expect(report({ problem })).toMatchObject({
      status: 'not-ready',
      components: { auth: { ready: false, problem } },
    });
  });

  it('section 6: is ready without a usable key where HTTP is disabled', () => {
    expect(report({ problem: 'SCW_PUBLIC_KEY is not set', http: false }).status).toBe('ready');
  });

  it.each(['connecting', 'disconnected'] as const)(
    'section 8: is ready while NATS is %s, for HTTP is there',
    (nats) => {
      expect(report({ nats })).toMatchObject({ status: 'ready', components: { nats: { ready: true, state: nats } } });
    },
  );

  it.each(['connecting', 'disconnected'] as const)(
    'section 8: is not ready while NATS is %s and HTTP is disabled',
    (nats) => {
      const { status, components } = report({ nats, http: false });
      expect(status).toBe('not-ready');
      expect(components.nats).toEqual({ ready: false, state: nats });
    },
  );

  it('section 8: is ready without HTTP and NATS, for there are schedules', () => {
    expect(report({ http: false }).status).toBe('ready');
    expect(report({ http: false, nats: 'connected' }).status).toBe('ready');
  });

  it.each([
    [true, 'ready'],
    [false, 'not-ready'],
  ])('section 8: a trigger that NATS does not let work, with HTTP %s: %s', (http, status) => {
    const state = { active: false, reason: 'the consumer differs' } as const;
    const triggers: Trigger[] = [{ name: 'orders', type: 'nats', source: 'x', state }];
    expect(report({ http, nats: 'connected', triggers }).status).toBe(status);
  });

  it('section 10: shows the triggers, which fail nothing where there is HTTP', () => {
    const common = { source: 'x', type: 'nats' } as const;
    const triggers: Trigger[] = [
      { ...common, name: 'quotes', state: { active: true } },
      { ...common, name: 'orders', state: { active: false, reason: 'no connection' } },
    ];
    const { status, components } = report({ triggers });
    expect(status).toBe('ready');
    expect(components.triggers).toEqual([
      { name: 'quotes', type: 'nats', active: true },
      { name: 'orders', type: 'nats', active: false, reason: 'no connection' },
    ]);
  });
});
