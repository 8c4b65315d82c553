import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseQuery, parseTarget } from './http.target.js';

describe('section 3: the path and the query of an HTTP event', () => {
  it.each([
    ['/', '/'],
    ['/a/../b//c/./', '/a/../b//c/./'],
    ['/%2e%2e/%2F', '/..//'],
    ['/caf%C3%A9', '/café'],
    ['/a+b', '/a+b'],
    ['/a;b', '/a;b'],
    ['//host/x', '//host/x'],
    ['http://host:1/x?y', '/x'],
    ['http://host', '/'],
    ['/%FF', '/\ufffd'],
  ])('takes the path of %s for %s, decoded and never normalised', (target, path) => {
    expect(parseTarget(target, 'GET')?.path).toBe(path);
  });

  it('reads bytes beyond ASCII as UTF-8', () => {
    expect(parseTarget(Buffer.from('/é', 'utf8').toString('latin1'), 'GET')?.path).toBe('/é');
  });

  it.each(['/%', '/%2', '/%zz', '/a%'])('refuses the broken escape in %s', (target) => {
    expect(parseTarget(target, 'GET')).toBeUndefined();
  });

  it('takes * for OPTIONS alone', () => {
    expect(parseTarget('*', 'OPTIONS')?.path).toBe('*');
    expect(parseTarget('*', 'GET')).toBeUndefined();
  });

  it.each([
    'a',
    '',
    '?a',
    '*a',
    'h:80',
    'ftp://h/a',
    'file:///a',
    'http:/a',
    'http:///a',
    'http://',
    'http://:80/a',
    'http://user:password@h/a',
    'http://h:x/a',
    'http://[::1/a',
    'http://h%zz/a',
    'http://h\\@g/a',
  ])('refuses %s, which is no form of HTTP (RFC 9112, 3.2)', (target) => {
    expect(parseTarget(target, 'OPTIONS')).toBeUndefined();
  });

  it('takes host and port from an absolute-form target (RFC 9112, 3.2.2)', () => {
    expect(parseTarget('http://example.org:8080/a?b=c', 'GET')).toEqual({
      path: '/a',
      query: 'b=c',
      authority: 'example.org:8080',
    });
  });

  it.each([
    [
      'a=1&a=2',
      [
        ['a', '1'],
        ['a', '2'],
      ],
    ],
    ['a', [['a', '']]],
    ['a=', [['a', '']]],
    ['=b', [['', 'b']]],
    ['a=b=c', [['a', 'b=c']]],
    ['a+b=c+d', [['a b', 'c d']]],
    ['a%26=%3D', [['a&', '=']]],
    ['&&a=1&', [['a', '1']]],
    ['a=%zz&b=1', [['b', '1']]],
    ['a;b=1&c=2', [['c', '2']]],
    ['__proto__=1', [['__proto__', '1']]],
    ['', []],
  ])('reads the query %s as Go does', (query, pairs) => {
    expect(parseQuery(query)).toEqual(pairs);
  });

  it('gives back what encodeURIComponent made of any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(parseTarget(`/${encodeURIComponent(text)}`, 'GET')?.path).toBe(`/${text}`);
        expect(parseQuery(`k=${encodeURIComponent(text)}`)).toEqual([['k', text]]);
      }),
    );
  });
});
