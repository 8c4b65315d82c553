import { describe, expect, it } from 'vitest';
import { Admission, Lane } from './admission.js';

function lane(name: string, maxInFlight: number, first?: Lane<string>): Lane<string> {
  const options = { triggerName: name, triggerType: 'nats', whenUnavailable: 'wait', whenOverloaded: 'wait' } as const;
  return new Lane<string>(options, maxInFlight, '', first);
}

function admissionOf(maxInFlight: number, maxQueue: number, ...lanes: Lane<string>[]): Admission<string> {
  const admission = new Admission<string>(maxInFlight, maxQueue);
  for (const each of lanes) admission.addLane(each);
  return admission;
}

describe('section 1: admission', () => {
  it('gives permits up to the limit over all triggers', () => {
    const [a, b] = [lane('a', 9), lane('b', 9)];
    const admission = admissionOf(2, 9, a, b);
    expect([admission.tryAcquire(a), admission.tryAcquire(b), admission.tryAcquire(a)]).toEqual([true, true, false]);
  });

  it('gives permits up to the limit of each trigger', () => {
    const [a, b] = [lane('a', 1), lane('b', 9)];
    const admission = admissionOf(9, 9, a, b);
    expect([admission.tryAcquire(a), admission.tryAcquire(a), admission.tryAcquire(b)]).toEqual([true, false, true]);
  });

  it('lets nobody pass those that wait', () => {
    const a = lane('a', 9);
    const admission = admissionOf(9, 9, a);
    admission.enqueue(a, 'first');
    expect(admission.tryAcquire(a)).toBe(false);
    expect(admission.next()?.waiting).toBe('first');
    expect(admission.tryAcquire(a)).toBe(true);
  });

  it('lets permits go round the triggers, so that none starves another', () => {
    const [a, b] = [lane('a', 9), lane('b', 9)];
    const admission = admissionOf(1, 9, a, b);
    for (const item of ['a1', 'a2', 'a3']) admission.enqueue(a, item);
    admission.enqueue(b, 'b1');
    const order: string[] = [];
    for (let next = admission.next(); next; next = admission.next()) {
      order.push(next.waiting);
      admission.release(next.lane);
    }
    expect(order.indexOf('b1')).toBeLessThan(2);
    expect(order).toHaveLength(4);
  });

  it('passes over a trigger that is at its own limit', () => {
    const [a, b] = [lane('a', 1), lane('b', 9)];
    const admission = admissionOf(9, 9, a, b);
    admission.tryAcquire(a);
    admission.enqueue(a, 'a2');
    admission.enqueue(b, 'b1');
    expect(admission.next()?.waiting).toBe('b1');
    expect(admission.next()).toBeUndefined();
  });

  it('takes the permits of a further lane of a trigger from those of its first, and gives them back', () => {
    const first = lane('a', 3);
    const further = lane('a', 2, first);
    const admission = admissionOf(9, 9, first, further);
    expect([1, 2, 3].map(() => admission.tryAcquire(further))).toEqual([true, true, false]);
    expect([1, 2].map(() => admission.tryAcquire(first))).toEqual([true, false]);
    admission.release(further);
    expect(admission.tryAcquire(first)).toBe(true);
    expect(admission.tryAcquire(further)).toBe(false);
  });

  it('lets a further lane fetch a little where the first has no permit left, so that it has its turn', () => {
    const first = lane('a', 1);
    const further = lane('a', 1, first);
    const admission = admissionOf(9, 9, first, further);
    admission.tryAcquire(first);
    admission.enqueue(first, 'a2');
    expect(admission.roomFor(further)).toBe(1);
    admission.enqueue(further, 'further');
    expect(admission.next()).toBeUndefined();
    admission.release(first);
    admission.release(admission.next()!.lane);
    expect(admission.next()?.waiting).toBe('further');
  });

  it('bounds the queue of each trigger', () => {
    const [a, b] = [lane('a', 1), lane('b', 1)];
    const admission = admissionOf(1, 1, a, b);
    admission.enqueue(a, 'a1');
    expect([admission.isQueueFull(a), admission.isQueueFull(b)]).toEqual([true, false]);
  });

  it('tells a trigger that fetches how many more could begin at once', () => {
    const [a, b] = [lane('a', 3), lane('b', 9)];
    const admission = admissionOf(5, 9, a, b);
    expect(admission.roomFor(a)).toBe(3);
    admission.tryAcquire(a);
    admission.enqueue(a, 'a2');
    expect(admission.roomFor(a)).toBe(1);
    for (let i = 0; i < 3; i++) admission.tryAcquire(b);
    expect(admission.roomFor(b)).toBe(2);
  });

  it('lets a trigger that fetches have a few that wait where others hold all permits, so that it has its turn', () => {
    const [a, b] = [lane('a', 9), lane('b', 9)];
    const admission = admissionOf(2, 9, a, b);
    admission.tryAcquire(b);
    admission.tryAcquire(b);
    expect(admission.roomFor(a)).toBe(2);
    admission.enqueue(a, 'a1');
    admission.enqueue(a, 'a2');
    expect(admission.roomFor(a)).toBe(0);
  });

  it('forgets what was removed', () => {
    const a = lane('a', 1);
    const admission = admissionOf(1, 9, a);
    admission.enqueue(a, 'a1');
    expect([admission.remove(a, 'a1'), admission.remove(a, 'a1'), admission.queued]).toEqual([true, false, 0]);
    expect(admission.next()).toBeUndefined();
  });
});
