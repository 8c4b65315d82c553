import { describe, expect, it } from 'vitest';
import { HostError } from '../errors.js';
import { givenBytes, givenHeaders, givenText, readGiven } from './given-event.js';

const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth));

function refusalOf(read: () => unknown): string {
  try {
    read();
    return '';
  } catch (error) {
    expect(error).toBeInstanceOf(HostError);
    expect((error as HostError).code).toBe('EVENT_REFUSED');
    return (error as HostError).message;
  }
}

describe('an event that an operator gives', () => {
  it('section 10: may be left out', () => {
    expect(readGiven(undefined, ['path'])).toEqual({});
    expect(givenText('path', undefined, '/')).toBe('/');
    expect(givenHeaders(undefined)).toEqual([]);
    expect(givenBytes('body', undefined, undefined)).toEqual(Buffer.alloc(0));
  });

  it('section 10: has headers with one value or several', () => {
    expect(givenHeaders({ a: '1', b: ['2', '3'] })).toEqual([
      ['a', ['1']],
      ['b', ['2', '3']],
    ]);
  });

  it.each([
    ['text', undefined, 'text'],
    ['', undefined, ''],
    [{ order: 7 }, undefined, '{"order":7}'],
    [null, undefined, 'null'],
    ['aGk=', true, 'hi'],
    ['aGk=', false, 'aGk='],
  ])('section 10: has a body, %j (base64: %s)', (given, isBase64Encoded, expected) => {
    expect(givenBytes('body', given, isBase64Encoded).toString()).toBe(expected);
  });

  it.each([
    ['a list', () => readGiven([], ['path']), 'expected a JSON object'],
    ['a text', () => readGiven('x', ['path']), 'expected a JSON object'],
    ['an unknown member', () => readGiven({ secret: 1 }, ['path', 'body']), 'expected no member but path, body'],
    ['what is nested too deeply', () => readGiven({ body: nested(30_000) }, ['body']), 'nested less deeply'],
    ['a number for a text', () => givenText('path', 1, '/'), 'path: expected a text'],
    ['a text for headers', () => givenHeaders('a: 1'), 'headers: expected'],
    ['a number for a header', () => givenHeaders({ a: 1 }), 'headers: expected'],
    ['no name of a header', () => givenHeaders({ '': 'x' }), 'headers: expected'],
    ['what is no base64', () => givenBytes('data', 'a b', true), 'data: expected base64'],
    ['an object as base64', () => givenBytes('data', {}, true), 'data: expected base64'],
    ['a text for a flag', () => givenBytes('data', '', 'yes'), 'isBase64Encoded: expected true or false'],
  ])('section 10: is refused for %s', (_what, read, expected) => {
    expect(refusalOf(read)).toContain(expected);
  });
});
