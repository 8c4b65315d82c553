import { describe, expect, it } from 'vitest';
import { RecentInvocations } from './recent-invocations.js';

describe('RecentInvocations', () => {
  it('knows the last 5,000 that ended, and forgets what is older than 10,000', () => {
    const recent = new RecentInvocations();
    for (let id = 0; id < 20_000; id++) {
      recent.started(`id-${id}`);
      recent.ended(`id-${id}`);
    }
    for (let id = 15_000; id < 20_000; id++) expect(recent.has(`id-${id}`)).toBe(true);
    expect(recent.has('id-9999')).toBe(false);
  });

  it('knows one that runs, however many end meanwhile', () => {
    const recent = new RecentInvocations();
    recent.started('long');
    for (let id = 0; id < 20_000; id++) recent.ended(`id-${id}`);
    expect(recent.has('long')).toBe(true);
  });

  it('knows one of two with the same id when the other has ended', () => {
    const recent = new RecentInvocations();
    recent.started('twice');
    recent.started('twice');
    recent.ended('twice');
    expect(recent.has('twice')).toBe(true);
  });
});
