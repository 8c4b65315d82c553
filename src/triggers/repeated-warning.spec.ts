import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RepeatedWarning, WARNING_INTERVAL_MS } from './repeated-warning.js';

let said: [number, string][];
let warning: RepeatedWarning;

beforeEach(() => {
  vi.useFakeTimers();
  said = [];
  warning = new RepeatedWarning((count, last) => said.push([count, last]));
});
afterEach(() => vi.useRealTimers());

describe('repeated warning', () => {
  it('says the first at once', () => {
    warning.add('a');
    expect(said).toEqual([[1, 'a']]);
  });

  it('says the sum of those that follow after some seconds, with the latest detail', () => {
    for (const detail of ['a', 'b', 'c']) warning.add(detail);
    vi.advanceTimersByTime(WARNING_INTERVAL_MS - 1);
    expect(said).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(said).toEqual([
      [1, 'a'],
      [2, 'c'],
    ]);
  });

  it('is silent while nothing happens, and then begins anew', () => {
    warning.add('a');
    vi.advanceTimersByTime(10 * WARNING_INTERVAL_MS);
    expect(said).toHaveLength(1);
    warning.add('b');
    expect(said).toHaveLength(2);
  });

  it('says at the end what has not been said', () => {
    for (const detail of ['a', 'b']) warning.add(detail);
    warning.flush();
    expect(said).toHaveLength(2);
    warning.flush();
    expect(said).toHaveLength(2);
  });
});
