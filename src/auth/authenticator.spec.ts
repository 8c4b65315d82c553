import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import {
  APPLICATION_ID,
  applicationClaims,
  NAMESPACE_ID,
  namespaceClaims,
  pkcs1Pem,
  rs256Token,
  rsaKeys,
  spkiPem,
} from '../../test/support/tokens.js';
import { AuthConfig } from './auth.config.js';
import { Authenticator, TOKEN_HEADERS } from './authenticator.js';

const keys = rsaKeys();
const otherKeys = rsaKeys();
const PRIVATE: Partial<AuthConfig> = {
  publicKey: pkcs1Pem(keys),
  applicationId: APPLICATION_ID,
  namespaceId: NAMESPACE_ID,
};
const UNAUTHORIZED = { kind: 'refused', statusCode: 401, message: 'Unauthorized' };
const NOT_VALID = { kind: 'refused', statusCode: 401, message: 'authorization token not valid' };
const FORBIDDEN = { kind: 'refused', statusCode: 403, message: 'Forbidden' };
const NOT_SET_UP = { kind: 'refused', statusCode: 500, message: 'function runtime not setup correctly' };

let errors: MockInstance;
let warnings: MockInstance;

beforeEach(() => {
  errors = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
  warnings = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

async function authenticatorOf(config: Partial<AuthConfig>): Promise<Authenticator> {
  const authenticator = new Authenticator(Object.assign(new AuthConfig(), config));
  await authenticator.onModuleInit();
  authenticator.announce();
  return authenticator;
}

/** What a private function answers to a token with one application claim. */
async function answerTo(application: object, config: Partial<AuthConfig> = PRIVATE): Promise<unknown> {
  const authenticator = await authenticatorOf(config);
  return authenticator.authenticate(rs256Token(keys, { application_claim: [application] }));
}

describe('a public function', () => {
  it('section 6: grants everyone, with no claims, whatever the token', async () => {
    const authenticator = await authenticatorOf({ ...PRIVATE, public: 'true' });
    expect(authenticator.isPublic).toBe(true);
    for (const token of [undefined, '', 'garbage', rs256Token(keys)]) {
      expect(await authenticator.authenticate(token)).toEqual({ kind: 'granted', claims: {} });
    }
  });

  it('section 6: needs no key, and says nothing of it', async () => {
    const authenticator = await authenticatorOf({ public: 'true', publicKey: 'garbage' });
    expect(authenticator.problem).toBeUndefined();
    expect(errors).not.toHaveBeenCalled();
    expect(warnings).not.toHaveBeenCalled();
  });

  it.each(['True', 'TRUE', 'true ', ' true', '1', 'yes', 'on', 'false'])(
    'section 6: only exactly true opens it, not %j',
    async (value) => {
      const authenticator = await authenticatorOf({ ...PRIVATE, public: value });
      expect(authenticator.isPublic).toBe(false);
      expect(await authenticator.authenticate(undefined)).toEqual(UNAUTHORIZED);
      expect(warnings).toHaveBeenCalledTimes(value === 'false' ? 0 : 1);
    },
  );

  it('section 6: a function is private where nothing is said', () => expect(new AuthConfig().public).toBe('false'));
});

describe('a private function', () => {
  it('section 6: grants a token for the application, and gives its claims', async () => {
    const authenticator = await authenticatorOf(PRIVATE);
    const claims = applicationClaims({ sub: 'token', exp: Date.now() / 1_000 + 60 });
    expect(await authenticator.authenticate(rs256Token(keys, claims))).toEqual({ kind: 'granted', claims });
    expect(authenticator.problem).toBeUndefined();
    expect(errors).not.toHaveBeenCalled();
    expect(warnings).not.toHaveBeenCalled();
  });

  it('section 6: grants a token for the namespace', async () => {
    const authenticator = await authenticatorOf(PRIVATE);
    expect(await authenticator.authenticate(rs256Token(keys, namespaceClaims()))).toMatchObject({ kind: 'granted' });
  });

  it('section 6: takes the key as SPKI too', async () => {
    const authenticator = await authenticatorOf({ ...PRIVATE, publicKey: spkiPem(keys) });
    expect(await authenticator.authenticate(rs256Token(keys))).toMatchObject({ kind: 'granted' });
  });

  it.each([undefined, ''])('section 6: answers 401 to no token, an empty one being none: %j', async (token) => {
    const authenticator = await authenticatorOf(PRIVATE);
    expect(await authenticator.authenticate(token)).toEqual(UNAUTHORIZED);
  });

  it.each([' ', 'null', 'undefined', 'garbage', 'a.b.c', 'Bearer', '..', '\0'])(
    'section 6: answers 401 to what is no token: %j',
    async (token) => {
      const authenticator = await authenticatorOf(PRIVATE);
      expect(await authenticator.authenticate(token)).toEqual(NOT_VALID);
    },
  );

  it('section 6: answers 401 to a token that another key signed', async () => {
    const authenticator = await authenticatorOf(PRIVATE);
    expect(await authenticator.authenticate(rs256Token(otherKeys))).toEqual(NOT_VALID);
  });

  it('section 6: answers 401 to claims of the wrong shape', async () => {
    const authenticator = await authenticatorOf(PRIVATE);
    const twice = { application_claim: [{ application_id: APPLICATION_ID }, { namespace_id: NAMESPACE_ID }] };
    expect(await authenticator.authenticate(rs256Token(keys, twice))).toEqual(NOT_VALID);
  });

  it('section 6: answers 401 from the instant at which a token expires, also to one that it has known', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_700_000_000_000 });
    const authenticator = await authenticatorOf(PRIVATE);
    const token = rs256Token(keys, applicationClaims({ exp: 1_700_000_001 }));
    expect(await authenticator.authenticate(token)).toMatchObject({ kind: 'granted' });
    vi.setSystemTime(1_700_000_000_999);
    expect(await authenticator.authenticate(token)).toMatchObject({ kind: 'granted' });
    vi.setSystemTime(1_700_000_001_000);
    expect(await authenticator.authenticate(token)).toEqual(NOT_VALID);
  });

  it('section 6: answers 401 until the instant from which a token is valid', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_699_999_999_999 });
    const authenticator = await authenticatorOf(PRIVATE);
    const token = rs256Token(keys, applicationClaims({ nbf: 1_700_000_000 }));
    expect(await authenticator.authenticate(token)).toEqual(NOT_VALID);
    vi.setSystemTime(1_700_000_000_000);
    expect(await authenticator.authenticate(token)).toMatchObject({ kind: 'granted' });
  });

  it('section 6: answers 401, not 403, to an expired token of another application', async () => {
    const authenticator = await authenticatorOf(PRIVATE);
    const claims = { application_claim: [{ application_id: 'other' }], exp: 1 };
    expect(await authenticator.authenticate(rs256Token(keys, claims))).toEqual(NOT_VALID);
  });
});

describe('whom a token is for', () => {
  it.each<[string, object]>([
    ['the application', { application_id: APPLICATION_ID }],
    ['the application, whatever the namespace', { application_id: APPLICATION_ID, namespace_id: 'other' }],
    ['the namespace, the application being absent', { namespace_id: NAMESPACE_ID }],
    ['the namespace, the application being empty', { application_id: '', namespace_id: NAMESPACE_ID }],
    ['the application, with other members', { application_id: APPLICATION_ID, more: [1] }],
  ])('section 6: grants a token for %s', async (_what, application) => {
    expect(await answerTo(application)).toMatchObject({ kind: 'granted' });
  });

  it.each<[string, object]>([
    ['nobody', {}],
    ['empty identifiers', { application_id: '', namespace_id: '' }],
    ['another application', { application_id: 'other' }],
    ['another application of the same namespace', { application_id: 'other', namespace_id: NAMESPACE_ID }],
    ['another namespace', { namespace_id: 'other' }],
    ['identifiers in upper case', { application_id: APPLICATION_ID.toUpperCase() }],
    ['identifiers with white space', { application_id: `${APPLICATION_ID} ` }],
    ['the beginning of the identifier', { application_id: APPLICATION_ID.slice(0, -1) }],
    ['a longer identifier', { application_id: `${APPLICATION_ID}0` }],
    ['the identifiers exchanged', { application_id: NAMESPACE_ID, namespace_id: APPLICATION_ID }],
    ['identifiers under names of other case', { Application_ID: APPLICATION_ID, NAMESPACE_ID }],
    ['identifiers under names in camel case', { applicationId: APPLICATION_ID, namespaceId: NAMESPACE_ID }],
  ])('section 6: answers 403 to a token for %s', async (_what, application) => {
    expect(await answerTo(application)).toEqual(FORBIDDEN);
  });

  it('section 6: answers 403 where the identifiers are inherited only', async () => {
    const authenticator = await authenticatorOf(PRIVATE);
    const claims = `{"application_claim":[{"__proto__":{"application_id":"${APPLICATION_ID}"}}]}`;
    expect(await authenticator.authenticate(rs256Token(keys, claims))).toEqual(FORBIDDEN);
  });

  it.each<[string, Partial<AuthConfig>]>([
    ['SCW_APPLICATION_ID', { applicationId: undefined }],
    ['SCW_NAMESPACE_ID', { namespaceId: undefined }],
    ['SCW_APPLICATION_ID', { applicationId: '' }],
    ['SCW_NAMESPACE_ID', { namespaceId: '' }],
  ])('section 6: answers 403 to every token where %s is not configured, and warns of it', async (name, missing) => {
    const config = { ...PRIVATE, ...missing };
    for (const application of [{ application_id: APPLICATION_ID }, { namespace_id: NAMESPACE_ID }, {}]) {
      expect(await answerTo(application, config)).toEqual(FORBIDDEN);
    }
    expect(warnings).toHaveBeenCalledWith(expect.stringContaining(name));
    expect((await authenticatorOf(config)).problem).toBeUndefined();
  });
});

describe('a private function whose key cannot be used', () => {
  const unusable: [string, string | undefined][] = [
    ['missing', undefined],
    ['garbage', 'invalid public key'],
    ['a private key', keys.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()],
  ];

  it.each(unusable)('section 6: %s: answers 500 to every token, and 401 to none', async (_what, publicKey) => {
    const authenticator = await authenticatorOf({ ...PRIVATE, publicKey });
    expect(await authenticator.authenticate(rs256Token(keys))).toEqual(NOT_SET_UP);
    expect(await authenticator.authenticate('garbage')).toEqual(NOT_SET_UP);
    expect(await authenticator.authenticate(undefined)).toEqual(UNAUTHORIZED);
    expect(await authenticator.authenticate('')).toEqual(UNAUTHORIZED);
  });

  it.each(unusable)(
    'section 6: %s: says so loudly and once, what to do and nothing of the key',
    async (_what, publicKey) => {
      const authenticator = await authenticatorOf({ ...PRIVATE, publicKey });
      await authenticator.authenticate(rs256Token(keys));
      expect(errors).toHaveBeenCalledTimes(1);
      const said = String(errors.mock.calls[0]);
      expect(said).toMatch(/SCW_PUBLIC_KEY/);
      expect(said).toBe(authenticator.problem);
      for (const line of (publicKey ?? '').split('\n').filter((text) => text.length > 20 && !text.startsWith('-'))) {
        expect(said).not.toContain(line.slice(0, 12));
      }
    },
  );

  it('section 6: before the start the problem is not known, and a token is answered 500', async () => {
    const authenticator = new Authenticator(Object.assign(new AuthConfig(), PRIVATE));
    expect(authenticator.problem).toBeUndefined();
    expect(await authenticator.authenticate(rs256Token(keys))).toEqual(NOT_SET_UP);
  });
});

describe('secrets', () => {
  it('section 6: nothing is logged of any token, and no answer quotes one', async () => {
    const quiet = ['log', 'debug', 'verbose', 'fatal'] as const;
    const others = quiet.map((level) => vi.spyOn(Logger.prototype, level).mockImplementation(() => undefined));
    const authenticator = await authenticatorOf(PRIVATE);
    const expired = rs256Token(keys, applicationClaims({ exp: 1 }));
    for (const token of [rs256Token(otherKeys), expired, rs256Token(keys), 'token-in-clear', 'token.in.clear']) {
      const result = await authenticator.authenticate(token);
      if (result.kind === 'refused') expect(result.message).not.toContain('token.in');
      if (result.kind === 'refused') expect(result.message).not.toContain('token-in');
      if (result.kind === 'refused') expect(result.message).not.toContain(token.slice(0, 12));
    }
    for (const spy of [errors, warnings, ...others]) expect(spy).not.toHaveBeenCalled();
  });

  it('section 6: the headers are looked at in this order', () => {
    expect(TOKEN_HEADERS).toEqual(['scw-functions-token', 'scw_functions_token', 'x-auth-token']);
  });
});
