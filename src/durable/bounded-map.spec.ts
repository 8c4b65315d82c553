import { describe, expect, it } from 'vitest';
import { BoundedMap } from './bounded-map.js';

describe('BoundedMap', () => {
  it('holds the last entries up to its limit, and never twice as many', () => {
    const map = new BoundedMap<number>(3);
    for (let entry = 1; entry <= 100; entry++) {
      map.set(String(entry), entry);
      for (let last = Math.max(1, entry - 2); last <= entry; last++) expect(map.get(String(last))).toBe(last);
      expect(map.values().length).toBeLessThan(6);
    }
    expect(map.has('1')).toBe(false);
  });

  it('has what is set again once, as the newest', () => {
    const map = new BoundedMap<number>(3);
    for (const key of ['a', 'b', 'a']) map.set(key, 0);
    expect(map.keys()).toEqual(['b', 'a']);
  });

  it('forgets when it is told to', () => {
    const map = new BoundedMap<number>(2);
    map.set('a', 1);
    map.set('b', 2);
    map.delete('a');
    expect([...map.values()]).toEqual([2]);
    map.clear();
    expect([...map.values()]).toEqual([]);
  });
});
