import { describe, expect, it } from 'vitest';
import { parseServers } from './nats-servers.js';

describe('section 1: TRIGGER_NATS_URL', () => {
  it('is one server or several, 4222 being the port', () => {
    expect(parseServers(['nats://a.example', 'nats://10.0.0.1:4333/', 'nats://[::1]:4444'])).toEqual({
      addresses: ['a.example:4222', '10.0.0.1:4333', '[::1]:4444'],
      tls: false,
      userInfo: undefined,
    });
  });

  it('demands encryption by tls://', () => {
    expect(parseServers(['nats://a:1', 'tls://b:2'])).toMatchObject({ addresses: ['a:1', 'b:2'], tls: true });
  });

  it('may hold a user and a password, percent-encoded', () => {
    expect(parseServers(['nats://me:p%40ss%3Aword@a'])).toMatchObject({
      addresses: ['a:4222'],
      userInfo: { user: 'me', password: 'p@ss:word' },
    });
  });

  it('may hold a token', () => {
    expect(parseServers(['nats://s3cret@a', 'nats://b'])).toMatchObject({ userInfo: { token: 's3cret' } });
  });

  it.each([
    'a:4222',
    'http://a',
    'nats://',
    'nats://a:0',
    'nats://a:65536',
    'nats://a:b',
    'nats://a/path',
    'ws://a',
    '',
  ])('refuses %j', (url) => expect(() => parseServers([url])).toThrow('expected nats://host:port or tls://host:port'));

  it.each([
    ['nats://me:s3cret@a:99999'],
    ['http://me:s3cret@a'],
    ['me:s3cret@a'],
    ['nats://me:s3cret'],
    ['nats://me:half-s3cret', 'half-s3cret@a'],
    ['nats://me:s3cret/s3cret@a'],
    ['nats://me@s3cret@a'],
  ])('never shows what it refuses, since a secret may be anywhere in it: %s', (...urls) => {
    expect(() => parseServers(urls)).toThrow('not shown');
    expect(() => parseServers(urls)).not.toThrow('s3cret');
  });

  it('says which of several it refuses', () => {
    expect(() => parseServers(['nats://a', 'nats://b', 'http://c'])).toThrow('but URL 3 is not');
  });

  it('refuses different credentials: a connection has one identity', () => {
    expect(() => parseServers(['nats://one@a', 'nats://two@b'])).toThrow('the same credentials');
  });

  it('refuses credentials with a stray %', () => {
    expect(() => parseServers(['nats://100%@a'])).toThrow('%25');
  });
});
