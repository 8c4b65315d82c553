import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rawExchange, statusOf } from '../support/raw-http.js';
import { type Host, startHost, until } from '../support/start-host.js';
import {
  APPLICATION_ID,
  applicationClaims,
  foreignToken,
  NAMESPACE_ID,
  namespaceClaims,
  pkcs1Pem,
  rs256Token,
  rsaKeys,
  spkiPem,
} from '../support/tokens.js';

interface Event {
  readonly headers: Record<string, string>;
  readonly multiValueHeaders: Record<string, string[]>;
  readonly requestContext: { readonly authorizer?: { readonly claims?: object } };
}

const HEADERS = ['SCW-Functions-Token', 'SCW_FUNCTIONS_TOKEN', 'X-Auth-Token'];
const keys = rsaKeys();
const otherKeys = rsaKeys();
const PRIVATE = {
  SCW_PUBLIC: undefined,
  SCW_PUBLIC_KEY: pkcs1Pem(keys).replaceAll('\n', '\r\n'),
  SCW_APPLICATION_ID: APPLICATION_ID,
  SCW_NAMESPACE_ID: NAMESPACE_ID,
  LOG_LEVEL: 'trace',
};

/** Every token that a test made, to look for in what the host wrote. */
const used: string[] = [];

function tokenOf(...args: Parameters<typeof rs256Token>): string {
  const token = rs256Token(...args);
  used.push(token);
  return token;
}

async function answerOf(host: Host, headers: Record<string, string> = {}, path = '/echo') {
  const response = await fetch(host.url + path, { headers });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

async function eventOf(host: Host, headers: Record<string, string>): Promise<Event> {
  const { status, text } = await answerOf(host, headers);
  expect(status).toBe(200);
  return (JSON.parse(text) as { event: Event }).event;
}

/** Fails if the host has written a token, or one of its two telling parts. */
function expectNoTokenIn(output: string): void {
  expect(used.length).toBeGreaterThan(0);
  for (const part of used.flatMap((token) => token.split('.').slice(1))) expect(output).not.toContain(part);
}

async function readiness(host: Host): Promise<{ status: number; text: string }> {
  const response = await fetch(`${host.adminUrl}/readyz`);
  return { status: response.status, text: await response.text() };
}

describe('a private function', () => {
  let host: Host;
  const valid = tokenOf(keys);
  beforeAll(async () => {
    host = await startHost({ env: PRIVATE });
  });
  afterAll(() => host.stop());

  it.each(HEADERS)('section 6: grants a valid token in %s, and gives its claims to the function', async (name) => {
    const claims = applicationClaims({ sub: 'me', exp: 4_102_444_800, roles: ['a', { b: 1.5 }], text: 'é日本' });
    const event = await eventOf(host, { [name]: tokenOf(keys, claims) });
    expect(event.requestContext.authorizer).toEqual({ claims });
  });

  it('section 6: grants a token for the namespace', async () => {
    const event = await eventOf(host, { 'X-Auth-Token': tokenOf(keys, namespaceClaims()) });
    expect(event.requestContext.authorizer).toEqual({ claims: namespaceClaims() });
  });

  it('section 6: grants a token as large as a single header may be', async () => {
    const token = tokenOf(keys, applicationClaims({ filler: 'x'.repeat(5_500) }));
    expect(token.length).toBeGreaterThan(7_800);
    expect((await answerOf(host, { 'X-Auth-Token': token })).status).toBe(200);
  });

  it('section 6: does not pass the token on to the function, by whatever name it came', async () => {
    const event = await eventOf(host, {
      'SCW-Functions-Token': valid,
      SCW_FUNCTIONS_TOKEN: valid,
      'X-Auth-Token': valid,
      'X-Other': 'kept',
    });
    const names = Object.keys({ ...event.headers, ...event.multiValueHeaders }).map((name) => name.toLowerCase());
    expect(names).toContain('x-other');
    for (const name of HEADERS) expect(names).not.toContain(name.toLowerCase());
    for (const part of valid.split('.')) expect(JSON.stringify(event)).not.toContain(part);
  });

  it('section 6: passes Authorization on, which is the function’s own', async () => {
    const event = await eventOf(host, { 'X-Auth-Token': valid, Authorization: 'Basic dTpw' });
    expect(event.headers['Authorization']).toBe('Basic dTpw');
  });

  it.each(['GET', 'POST', 'HEAD', 'OPTIONS', 'DELETE', 'PROPFIND'])(
    'section 6: answers 401 to %s without a token',
    async (method) => {
      const answer = await rawExchange(host.port, `${method} /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
      expect(statusOf(answer)).toBe(401);
      expect(answer).toMatch(/^x-request-id: \S+/im);
      if (method !== 'HEAD') expect(answer).toMatch(/\r\n\r\nUnauthorized$/);
    },
  );

  it('section 6: answers 401 to a token in Authorization, in the query or in a cookie', async () => {
    const headers = { Authorization: `Bearer ${valid}`, Cookie: `SCW-Functions-Token=${valid}` };
    expect((await answerOf(host, headers, `/echo?X-Auth-Token=${valid}`)).status).toBe(401);
  });

  it('section 6: answers 401 to an event of a message queue without a token', async () => {
    expect((await answerOf(host, { SCW_TRIGGER_TYPE: 'mqtt' })).status).toBe(401);
  });

  it.each<[string, string]>([
    ['garbage', 'garbage'],
    ['a token that another key signed', tokenOf(otherKeys)],
    ['an expired token', tokenOf(keys, applicationClaims({ exp: 1 }))],
    ['a token that is not valid yet', tokenOf(keys, applicationClaims({ nbf: 4_102_444_800 }))],
    ['the algorithm none', foreignToken({ alg: 'none' }, () => new Uint8Array(1))],
    ['crit', tokenOf(keys, applicationClaims(), { alg: 'RS256', crit: ['x'], x: 1 })],
    ['a token with padding', `${valid}==`],
    ['two application claims', tokenOf(keys, { application_claim: [{ application_id: APPLICATION_ID }, {}] })],
    ['a token of 20 kB', tokenOf(keys, applicationClaims({ filler: 'x'.repeat(15_000) }))],
  ])('section 6: answers 401 to %s, and says nothing of it', async (_what, token) => {
    const { status, text, headers } = await answerOf(host, { 'SCW-Functions-Token': token });
    expect(status).toBe(401);
    expect(text).toBe('authorization token not valid');
    expect(headers.get('content-type')).toMatch(/^text\/plain/);
    expect([...headers.values()].join()).not.toContain(token.slice(0, 20));
  });

  it.each<[string, object]>([
    ['another application', { application_id: 'other', namespace_id: NAMESPACE_ID }],
    ['another namespace', { application_id: '', namespace_id: 'other' }],
  ])('section 6: answers 403 to a token for %s', async (_what, application) => {
    const token = tokenOf(keys, { application_claim: [application] });
    const { status, text } = await answerOf(host, { 'SCW-Functions-Token': token });
    expect([status, text]).toEqual([403, 'Forbidden']);
  });

  it('section 6: looks at the headers in order, and never at a second one', async () => {
    const [first = '', second = '', third = ''] = HEADERS;
    expect((await answerOf(host, { [first]: valid, [second]: 'garbage', [third]: 'garbage' })).status).toBe(200);
    expect((await answerOf(host, { [second]: valid, [third]: 'garbage' })).status).toBe(200);
    expect((await answerOf(host, { [first]: 'garbage', [second]: valid, [third]: valid })).status).toBe(401);
    expect((await answerOf(host, { [second]: 'garbage', [third]: valid })).status).toBe(401);
  });

  it('section 6: an empty header is no token, and the next one counts', async () => {
    const [first = '', second = '', third = ''] = HEADERS;
    expect((await answerOf(host, { [first]: '', [second]: ' ', [third]: valid })).status).toBe(200);
    expect((await answerOf(host, { [first]: '' })).text).toBe('Unauthorized');
  });

  it.each<[string, string]>([
    ['one valid token twice', `X-Auth-Token: ${valid}\r\nX-Auth-Token: ${valid}`],
    ['a valid token and another', `X-Auth-Token: ${valid}\r\nx-auth-token: garbage`],
    ['an empty one and a valid token', `X-Auth-Token:\r\nX-Auth-Token: ${valid}`],
    ['a token in two halves', `X-Auth-Token: ${valid.slice(0, 99)}\r\nX-Auth-Token: ${valid.slice(99)}`],
  ])('section 6: answers 401 to a header that is repeated: %s', async (_what, lines) => {
    const request = `GET /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${lines}\r\n\r\n`;
    expect(statusOf(await rawExchange(host.port, request))).toBe(401);
  });

  it('section 5: authentication comes before the limit of the body and before 100 Continue', async () => {
    const head = `POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 99999999\r\n`;
    const answer = await rawExchange(host.port, `${head}\r\n`);
    expect(statusOf(answer)).toBe(401);
    expect(answer).not.toContain('100 Continue');
    expect(statusOf(await rawExchange(host.port, `${head}X-Auth-Token: ${valid}\r\n\r\n`))).toBe(413);
  });

  it('section 6: never invokes the function for a request that it refuses', async () => {
    const wrong = tokenOf(keys, { application_claim: [{ application_id: 'other' }] });
    await answerOf(host, {}, '/log?line=ran-without-token');
    await answerOf(host, { 'X-Auth-Token': 'garbage' }, '/log?line=ran-with-garbage');
    await answerOf(host, { 'X-Auth-Token': wrong }, '/log?line=ran-when-forbidden');
    await answerOf(host, { 'X-Auth-Token': valid }, '/log?line=ran-at-last');
    await host.outputs('ran-at-last');
    expect(host.output()).not.toMatch(/ran-(without|with|when)/);
  });

  it('section 6: never writes a token to its log, at any level', async () => {
    await answerOf(host, { 'X-Auth-Token': tokenOf(otherKeys) }, '/status?status=500');
    await answerOf(host, { 'X-Auth-Token': valid }, '/throw?message=written-last');
    await host.stop();
    expect(host.output()).toContain('written-last');
    expectNoTokenIn(host.output());
  });
});

describe('a private function without a usable key', () => {
  const unusable: [string, string | undefined][] = [
    ['missing', undefined],
    ['garbage', 'no key at all'],
    ['of 1024 bits', spkiPem(rsaKeys(1_024))],
    ['a private key', keys.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()],
  ];

  it.each(unusable)(
    'section 6: the key is %s: 500, 401 without a token, not ready, and said loudly',
    async (_what, key) => {
      const host = await startHost({ env: { ...PRIVATE, SCW_PUBLIC_KEY: key }, started: 'listening' });
      try {
        await until('the HTTP trigger', () => answerOf(host).catch(() => undefined));
        const granted = await answerOf(host, { 'X-Auth-Token': tokenOf(keys) });
        expect([granted.status, granted.text]).toEqual([500, 'function runtime not setup correctly']);
        expect((await answerOf(host)).status).toBe(401);
        const { status, text } = await readiness(host);
        expect(status).toBe(503);
        expect(JSON.parse(text)).toMatchObject({
          components: { auth: { ready: false, problem: expect.stringContaining('SCW_PUBLIC_KEY') } },
        });
        // Log lines are written a moment later: all of them are there once it has ended.
        await host.stop();
        const loud = host.logs().filter((line) => String(line['msg']).startsWith('SCW_PUBLIC_KEY'));
        expect(loud).toMatchObject([{ level: 'error' }]);
        const secrets = (key ?? '').split('\n').filter((line) => /^[\w+/=]{16,}$/.test(line));
        for (const line of secrets) expect(host.output() + text).not.toContain(line);
        expectNoTokenIn(host.output());
      } finally {
        await host.stop();
      }
    },
  );

  it('section 6: is ready where HTTP is disabled, and no key is needed', async () => {
    const env = {
      ...PRIVATE,
      SCW_PUBLIC_KEY: undefined,
      TRIGGER_HTTP_ENABLED: 'false',
      TRIGGER_CRON_SCHEDULE: '0 0 1 1 *',
    };
    const host = await startHost({ env });
    expect((await readiness(host)).status).toBe(200);
    await host.stop();
  });
});

describe('a private function without identifiers', () => {
  it.each(['SCW_APPLICATION_ID', 'SCW_NAMESPACE_ID'])(
    'section 6: answers 403 where %s is missing, and warns of it',
    async (name) => {
      const host = await startHost({ env: { ...PRIVATE, [name]: undefined } });
      try {
        for (const claims of [applicationClaims(), namespaceClaims()]) {
          expect((await answerOf(host, { 'X-Auth-Token': tokenOf(keys, claims) })).status).toBe(403);
        }
        expect((await answerOf(host, { 'X-Auth-Token': tokenOf(otherKeys) })).status).toBe(401);
        await host.log((line) => String(line['msg']).includes(`${name} not set`));
      } finally {
        await host.stop();
      }
    },
  );
});

describe('a public function', () => {
  let host: Host;
  beforeAll(async () => {
    host = await startHost({ env: { ...PRIVATE, SCW_PUBLIC: 'true' } });
  });
  afterAll(() => host.stop());

  it('section 6: answers everyone, and no claims are given', async () => {
    expect((await eventOf(host, {})).requestContext.authorizer).toBeUndefined();
    expect((await eventOf(host, { 'X-Auth-Token': tokenOf(keys) })).requestContext.authorizer).toBeUndefined();
  });

  it('section 6: looks at no token, and passes on what the caller sent, as the original', async () => {
    const event = await eventOf(host, { 'X-Auth-Token': 'mine' });
    expect(event.headers['X-Auth-Token']).toBe('mine');
  });

  it('section 6: never writes a token to its log either', async () => {
    await answerOf(host, { 'SCW-Functions-Token': tokenOf(otherKeys) }, '/throw?message=written-last');
    await host.stop();
    expect(host.output()).toContain('written-last');
    expectNoTokenIn(host.output());
  });

  it('section 6: only exactly true opens a function', async () => {
    const closed = await startHost({ env: { ...PRIVATE, SCW_PUBLIC: 'TRUE' } });
    expect((await answerOf(closed)).status).toBe(401);
    await closed.stop();
  });
});
