import { describe, expect, it } from 'vitest';
import type { CronEventSource } from './cron.event.js';
import { toFiredTick } from './cron.fire.js';

const source: CronEventSource = {
  applicationName: 'shop',
  triggerName: 'nightly',
  schedule: '0 3 * * *',
  timeZone: 'UTC',
  body: '{"report":"daily"}',
  format: 'scaleway',
  startingDeadlineMs: 1_000,
};
const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);

describe('a tick that an operator asks for', () => {
  it('section 10: is planned now and has the args of the configuration, and no starting deadline', () => {
    const event = toFiredTick(source, undefined, NOW);
    expect(event).not.toHaveProperty('startBy');
    expect(event).toMatchObject({
      requestId: 'shop/nightly@2026-01-02T03:04:05.000Z',
      attempt: 1,
      payload: { body: source.body, cron: { scheduledAt: '2026-01-02T03:04:05.000Z', attempt: 1 } },
    });
  });

  it('section 10: takes other args', () => {
    expect(toFiredTick(source, { args: null }, NOW).payload).toMatchObject({ body: 'null' });
    expect(() => toFiredTick(source, { body: 'x' }, NOW)).toThrow('expected no member but args');
  });
});
