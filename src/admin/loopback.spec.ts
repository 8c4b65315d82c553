import { describe, expect, it } from 'vitest';
import { isLoopbackAddress, isLoopbackHost } from './loopback.js';

describe('isLoopbackAddress', () => {
  it.each(['127.0.0.1', '127.8.9.1', '::1', '::ffff:127.0.0.1'])('knows %s', (address) => {
    expect(isLoopbackAddress(address)).toBe(true);
  });

  it.each(['10.0.0.1', '128.0.0.1', '::', '::2', '::ffff:10.0.0.1', 'fe80::1', '', 'localhost', undefined])(
    'takes %s for none',
    (address) => {
      expect(isLoopbackAddress(address)).toBe(false);
    },
  );
});

describe('isLoopbackHost', () => {
  it.each(['localhost', 'LocalHost:9464', '127.0.0.1', '127.0.0.1:9464', '127.1.2.3:1', '[::1]', '[::1]:9464'])(
    'knows %s',
    (host) => {
      expect(isLoopbackHost(host)).toBe(true);
    },
  );

  it.each([
    'evil.example',
    'evil.example:9464',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '127.0.0.999',
    '10.0.0.1',
    '[::2]',
    'localhost:9464@evil.example',
    'localhost:',
    ' localhost',
    '',
    undefined,
  ])('takes %s for none', (host) => {
    expect(isLoopbackHost(host)).toBe(false);
  });
});
