import type { IncomingMessage } from 'node:http';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { AdminGuard } from './admin.guard.js';

const { compared } = vi.hoisted(() => ({ compared: [] as number[] }));
vi.mock('node:crypto', async (importOriginal) => {
  const crypto = await importOriginal<typeof import('node:crypto')>();
  const timingSafeEqual: typeof crypto.timingSafeEqual = (one, other) => {
    compared.push(one.byteLength, other.byteLength);
    return crypto.timingSafeEqual(one, other);
  };
  return { ...crypto, timingSafeEqual };
});

const LOCAL = { host: '127.0.0.1:9464' };

interface Asked {
  token?: string;
  /** An array is a header that is sent several times. */
  headers?: Record<string, string | string[]>;
  peer?: string;
  url?: string;
  guard?: AdminGuard;
}

/** The status that the guard leads to, and the challenge that it sends. */
function ask({ token, headers = LOCAL, peer = '127.0.0.1', url = '/api', guard = new AdminGuard(token) }: Asked) {
  const headersDistinct = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat()]));
  const refusal = guard.refusalOf({
    url,
    headersDistinct,
    socket: { remoteAddress: peer },
  } as unknown as IncomingMessage);
  return { status: refusal?.statusCode ?? 200, challenge: refusal?.headers['WWW-Authenticate'], ...refusal };
}

describe('AdminGuard with a token', () => {
  const token = 's3cret-token';

  it('section 10: lets the bearer of the token in, wherever from', () => {
    const headers = { authorization: `Bearer ${token}`, host: 'host.example', origin: 'https://page.example' };
    expect(ask({ token, headers, peer: '10.0.0.9' }).status).toBe(200);
  });

  it('section 10: takes the scheme in any case, as RFC 9110 wants it', () => {
    expect(ask({ token, headers: { ...LOCAL, authorization: `bearer  ${token}` } }).status).toBe(200);
  });

  it('section 10: answers 401 with a challenge where there is no token, also on this machine', () => {
    expect(ask({ token })).toMatchObject({ status: 401, challenge: 'Bearer' });
  });

  it.each([
    'Bearer s3cret-tokem',
    'Bearer s3cret-toke',
    'Bearer s3cret-token2',
    'Bearer S3CRET-TOKEN',
    'Bearer ',
    'Basic s3cret-token',
    's3cret-token',
    'Bearer s3cret-token s3cret-token',
  ])('section 10: answers 401 to "%s", and does not tell the token', (authorization) => {
    const answer = ask({ token, headers: { ...LOCAL, authorization } });
    expect(answer.status).toBe(401);
    expect(JSON.stringify(answer)).not.toContain(token);
  });

  it('section 10: answers 401 to two headers, one of which has the token', () => {
    for (const authorization of [
      [`Bearer ${token}`, 'Bearer x'],
      ['Bearer x', `Bearer ${token}`],
    ]) {
      expect(ask({ token, headers: { ...LOCAL, authorization } }).status).toBe(401);
    }
  });

  describe('compares', () => {
    beforeEach(() => void (compared.length = 0));

    it.each(['s', 's3cret-toke', token, `${token}2`, 'x'.repeat(10_000)])(
      'section 10: digests of one length in constant time, whatever is given: %s',
      (given) => {
        ask({ token, headers: { ...LOCAL, authorization: `Bearer ${given}` } });
        expect(compared).toEqual([32, 32]);
      },
    );
  });

  describe('and too many wrong tokens', () => {
    const wrong = { ...LOCAL, authorization: 'Bearer wrong' };
    const right = { ...LOCAL, authorization: `Bearer ${token}` };
    let guard: AdminGuard;
    beforeEach(() => {
      guard = new AdminGuard(token);
      for (let guess = 0; guess < 10; guess++)
        expect(ask({ guard, headers: wrong, peer: '10.0.0.9' }).status).toBe(401);
    });

    it('section 10: answers 429 and when to come again, the same to the right token', () => {
      const refused = ask({ guard, headers: wrong, peer: '10.0.0.9' });
      expect(refused).toMatchObject({ status: 429, headers: { 'Retry-After': '60' } });
      expect(ask({ guard, headers: right, peer: '10.0.0.9' })).toEqual(refused);
    });

    it('section 10: still lets the bearer of the token in from elsewhere', () => {
      expect(ask({ guard, headers: right, peer: '10.0.0.10' }).status).toBe(200);
    });

    it('section 10: counts nothing that has no token', () => {
      for (let request = 0; request < 20; request++) expect(ask({ guard, peer: '10.0.0.11' }).status).toBe(401);
      expect(ask({ guard, headers: right, peer: '10.0.0.11' }).status).toBe(200);
    });
  });
});

describe('AdminGuard without a token', () => {
  it.each(['127.0.0.1:9464', 'localhost:9464', '[::1]:9464'])(
    'section 10: lets a loopback peer with the loopback Host %s in',
    (host) => {
      expect(ask({ headers: { host } }).status).toBe(200);
    },
  );

  it('section 10: refuses a peer from elsewhere', () => {
    expect(ask({ peer: '10.0.0.9' }).status).toBe(403);
  });

  it('section 10: refuses a Host that is not loopback, as a page sends it whose name was rebound', () => {
    expect(ask({ headers: { host: 'evil.example:9464' } }).status).toBe(403);
    expect(ask({ headers: {} }).status).toBe(403);
  });

  it('section 10: lets a page of the same Origin in', () => {
    const headers = { ...LOCAL, origin: `http://${LOCAL.host}`, 'sec-fetch-site': 'same-origin' };
    expect(ask({ headers }).status).toBe(200);
  });

  it.each(['https://evil.example', 'http://127.0.0.1:3000', 'https://127.0.0.1:9464', 'http://localhost:9464', 'null'])(
    'section 10: refuses a page of the Origin %s',
    (origin) => {
      expect(ask({ headers: { ...LOCAL, origin } }).status).toBe(403);
    },
  );

  it('section 10: refuses what a page of another site embeds, for which a browser sends no Origin', () => {
    expect(ask({ headers: { ...LOCAL, 'sec-fetch-site': 'cross-site' } }).status).toBe(403);
    expect(ask({ headers: { ...LOCAL, 'sec-fetch-site': 'none' } }).status).toBe(200);
  });

  it.each(['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip', 'via'])(
    'section 10: refuses what a proxy forwards, be the header empty (%s)',
    (header) => {
      expect(ask({ headers: { ...LOCAL, [header]: 'for=203.0.113.7' } }).status).toBe(403);
      expect(ask({ headers: { ...LOCAL, [header]: '' } }).status).toBe(403);
    },
  );

  it('section 10: refuses a target with a host, which counts more than the Host header', () => {
    expect(ask({ url: 'http://evil.example/api' }).status).toBe(403);
    expect(ask({ url: `http://${LOCAL.host}/api` }).status).toBe(403);
  });

  it('section 10: refuses two Hosts and two Origins', () => {
    const { host } = LOCAL;
    expect(ask({ headers: { host: [host, host] } }).status).toBe(403);
    expect(ask({ headers: { host, origin: [`http://${host}`, 'http://evil.example'] } }).status).toBe(403);
  });

  it.each([
    [`http://${LOCAL.host}/`, 200],
    [`http://${LOCAL.host}`, 200],
    ['http://127.0.0.1:3000/', 403],
    [`http://${LOCAL.host}.evil.example/`, 403],
    [`http://evil.example/http://${LOCAL.host}/`, 403],
    [`http://${LOCAL.host}@evil.example/`, 403],
    ['', 403],
  ])('section 10: looks at the Referer "%s" of a browser that says nothing else: %i', (referer, status) => {
    expect(ask({ headers: { ...LOCAL, referer } }).status).toBe(status);
  });

  it('does not take a token for one that was not configured', () => {
    expect(ask({ headers: { host: 'evil.example', authorization: 'Bearer undefined' } }).status).toBe(403);
  });
});
