import { describe, expect, it } from 'vitest';
import { RecentInvocations } from './recent-invocations.js';

describe('RecentInvocations', () => {
  it('knows the last 5,000, and forgets what is older than 10,000', () => {
    const recent = new RecentInvocations();
    for (let id = 0; id < 20_000; id++) recent.add(`id-${id}`);
    for (let id = 15_000; id < 20_000; id++) expect(recent.has(`id-${id}`)).toBe(true);
    expect(recent.has('id-9999')).toBe(false);
  });
});
