import { describe, expect, it } from 'vitest';
import { RestartPolicy } from './restart-policy.js';

describe('section 7: when a sub-runtime starts again', () => {
  it('waits 100 ms after each death that followed completed work', () => {
    const policy = new RestartPolicy();
    expect([1, 2, 3].map(() => policy.delayAfterDeath(true))).toEqual([100, 100, 100]);
  });

  it('doubles up to 30 s for deaths before it was ready or completed an invocation', () => {
    const policy = new RestartPolicy();
    const delays = Array.from({ length: 11 }, () => policy.delayAfterDeath(false));
    expect(delays).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000]);
  });

  it('begins anew once an invocation was completed', () => {
    const policy = new RestartPolicy();
    policy.delayAfterDeath(false);
    policy.delayAfterDeath(false);
    expect([policy.delayAfterDeath(true), policy.delayAfterDeath(false)]).toEqual([100, 100]);
  });
});
