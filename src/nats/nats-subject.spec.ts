import { describe, expect, it } from 'vitest';
import { firstOverlap, overlaps, PUBLISH_SUBJECT, QUEUE_NAME, SUBSCRIBE_SUBJECT } from './nats-subject.js';

describe('subjects', () => {
  it.each(['orders', 'orders.new', 'orders.*', '*', '>', 'orders.*.eu.>', '$JS.EVENT.>', 'orders.Zürich'])(
    'section 1: %s can be subscribed to',
    (subject) => expect(subject).toMatch(SUBSCRIBE_SUBJECT),
  );

  it.each([
    '',
    '.',
    'orders.',
    '.orders',
    'orders..new',
    'orders new',
    'orders.>.new',
    'orders.eu*',
    'a>',
    'a\tb',
    'a\nb',
  ])('section 1: %j cannot', (subject) => expect(subject).not.toMatch(SUBSCRIBE_SUBJECT));

  it('section 1: a subject to publish to has no wildcards', () => {
    expect('orders.results').toMatch(PUBLISH_SUBJECT);
    for (const subject of ['orders.*', '>', 'orders.>', '', 'a b']) expect(subject).not.toMatch(PUBLISH_SUBJECT);
  });

  it('section 1: a queue group has no white space, and may be empty', () => {
    expect('').toMatch(QUEUE_NAME);
    expect('pricing.eu').toMatch(QUEUE_NAME);
    expect('pricing eu').not.toMatch(QUEUE_NAME);
  });
});

describe('overlap', () => {
  it.each([
    ['orders', 'orders'],
    ['orders.*', 'orders.new'],
    ['orders.>', 'orders.new.eu'],
    ['>', 'anything'],
    ['orders.*.eu', 'orders.new.*'],
    ['*.new', 'orders.>'],
  ])('%s and %s overlap', (one, other) => {
    expect(overlaps(one, other)).toBe(true);
    expect(overlaps(other, one)).toBe(true);
  });

  it.each([
    ['orders', 'quotes'],
    ['orders.*', 'orders'],
    ['orders.>', 'orders'],
    ['orders.*', 'orders.new.eu'],
    ['orders.*.eu', 'orders.*.us'],
    ['orders', 'orders.new'],
  ])('%s and %s do not', (one, other) => {
    expect(overlaps(one, other)).toBe(false);
    expect(overlaps(other, one)).toBe(false);
  });

  it('is found anywhere in a list', () => {
    expect(firstOverlap(['a', 'b.*', 'c', 'b.c'])).toEqual(['b.*', 'b.c']);
    expect(firstOverlap(['a', 'b.*', 'c'])).toBeUndefined();
  });
});
