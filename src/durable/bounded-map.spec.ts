import { describe, expect, it } from 'vitest';
import { BoundedMap } from './bounded-map.js';

describe('BoundedMap', () => {
  it('forgets what was set first', () => {
    const map = new BoundedMap<number>(2);
    for (const [index, key] of ['a', 'b', 'c'].entries()) map.set(key, index);
    expect([map.has('a'), map.get('b'), map.get('c')]).toEqual([false, 1, 2]);
    expect([...map.values()]).toEqual([1, 2]);
  });

  it('what is set again counts as new', () => {
    const map = new BoundedMap<number>(2);
    for (const key of ['a', 'b', 'a', 'c']) map.set(key, 0);
    expect([map.has('a'), map.has('b'), map.has('c')]).toEqual([true, false, true]);
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
