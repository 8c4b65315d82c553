import { Controller, Get, HttpException } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { describe, expect, it } from 'vitest';
import { AdminGuard } from './admin.guard.js';
import { Open } from './open.decorator.js';

@Controller()
class Example {
  @Get()
  guarded(): void {}

  @Open()
  @Get('open')
  open(): void {}
}

const LOCAL = { host: '127.0.0.1:9464' };

interface Asked {
  token?: string;
  headers?: Record<string, string>;
  peer?: string;
  handler?: keyof Example;
}

/** The status that the guard leads to, and the challenge that it sends. */
function ask({ token, headers = LOCAL, peer = '127.0.0.1', handler = 'guarded' }: Asked) {
  const sent: Record<string, string> = {};
  const reply = { header: (name: string, value: string) => (sent[name] = value) };
  const context = {
    getHandler: () => Example.prototype[handler],
    getClass: () => Example,
    switchToHttp: () => ({
      getRequest: () => ({ raw: { headers, socket: { remoteAddress: peer } } }),
      getResponse: () => reply,
    }),
  } as unknown as ExecutionContext;
  try {
    const passed = new AdminGuard(token, new Reflector()).canActivate(context);
    return { status: passed ? 200 : 403, challenge: sent['WWW-Authenticate'] };
  } catch (error) {
    if (!(error instanceof HttpException)) throw error;
    return { status: error.getStatus(), challenge: sent['WWW-Authenticate'], message: error.message };
  }
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

  it.each(['forwarded', 'x-forwarded-for'])('section 10: refuses what a proxy forwards (%s)', (header) => {
    expect(ask({ headers: { ...LOCAL, [header]: 'for=203.0.113.7' } }).status).toBe(403);
  });

  it('does not take a token for one that was not configured', () => {
    expect(ask({ headers: { host: 'evil.example', authorization: 'Bearer undefined' } }).status).toBe(403);
  });
});

describe('AdminGuard', () => {
  it('section 10: asks for nothing where a handler is open', () => {
    expect(ask({ token: 'a', headers: {}, peer: '10.0.0.9', handler: 'open' }).status).toBe(200);
    expect(ask({ headers: {}, peer: '10.0.0.9', handler: 'open' }).status).toBe(200);
  });
});
