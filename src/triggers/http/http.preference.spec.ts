import { describe, expect, it } from 'vitest';
import { prefersAsync } from './http.preference.js';

describe('RFC 7240: Prefer', () => {
  it.each([
    'respond-async',
    'Respond-Async',
    'wait=10, respond-async',
    'respond-async,wait=10',
    ' \trespond-async\t ',
    'respond-async; a=b',
    'respond-async;',
    'respond-async = ""',
    'a="b, c", respond-async',
    'a="b \\" c", respond-async',
    'handling=lenient; foo="a, b"; bar , ,respond-async',
    'respond-async, respond-async',
  ])('wants to be queued: %s', (prefer) => expect(prefersAsync(prefer)).toBe(true));

  it.each([
    '',
    ',',
    'respond',
    'respond-async-soon',
    'no-respond-async',
    'wait=respond-async',
    'wait=10; respond-async',
    'a="b, respond-async"',
    'a="b, respond-async, c"',
    'a="b \\", respond-async, c"',
    'a="never closed, respond-async',
    'a="ends with \\',
    '"respond-async"',
    'respond-async=false',
    'respond-async="no"',
    'respond async',
  ])('does not: %s', (prefer) => expect(prefersAsync(prefer)).toBe(false));

  it('reads a header of 64 kB of quotes, commas or escapes at once', () => {
    for (const part of ['"', ',', '\\', '"\\', '",', ' ', '=""', 'respond-async=']) {
      const startedAt = performance.now();
      prefersAsync(part.repeat(65_536 / part.length));
      prefersAsync(`"${part.repeat(65_536 / part.length)}`);
      expect(performance.now() - startedAt).toBeLessThan(500);
    }
  });
});
