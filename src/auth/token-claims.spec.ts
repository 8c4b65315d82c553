import { describe, expect, it } from 'vitest';
import { APPLICATION_ID, applicationClaims, NAMESPACE_ID } from '../../test/support/tokens.js';
import { isInTime, readClaims, type VerifiedToken } from './token-claims.js';

function read(claims: object | string): VerifiedToken | undefined {
  return readClaims(Buffer.from(typeof claims === 'string' ? claims : JSON.stringify(claims)));
}

/** The claims with one application claim, as JSON of any content. */
const withApplication = (json: string) => `{"application_claim":[${json}]}`;

describe('the shape of the claims', () => {
  it('section 6: gives the claims as they are, and what decides', () => {
    const claims = applicationClaims({ exp: 2, nbf: 1.5, iat: 0, extra: { deep: [1] } });
    expect(read(claims)).toEqual({
      claims,
      applicationId: APPLICATION_ID,
      namespaceId: '',
      expiresAt: 2,
      notBefore: 1.5,
    });
  });

  it('section 6: an identifier that is absent is an empty one', () => {
    expect(read(withApplication(`{"namespace_id":"${NAMESPACE_ID}"}`))).toMatchObject({ applicationId: '' });
    expect(read(withApplication('{}'))).toMatchObject({ applicationId: '', namespaceId: '' });
  });

  it.each([
    ['no application_claim', {}],
    ['one under a name of other case', { Application_Claim: [{ application_id: APPLICATION_ID }] }],
    ['one that is inherited only', '{"__proto__":{"application_claim":[{}]}}'],
    ['an empty array', { application_claim: [] }],
    ['two objects', { application_claim: [{ application_id: APPLICATION_ID }, {}] }],
    [
      'two equal objects',
      { application_claim: [{ application_id: APPLICATION_ID }, { application_id: APPLICATION_ID }] },
    ],
    ['an object in place of the array', { application_claim: { application_id: APPLICATION_ID } }],
    ['an object that looks like an array', { application_claim: { 0: { application_id: APPLICATION_ID }, length: 1 } }],
    ['a text', { application_claim: APPLICATION_ID }],
    ['null', { application_claim: null }],
    ['an array of null', { application_claim: [null] }],
    ['an array of a text', { application_claim: [APPLICATION_ID] }],
    ['an array of a number', { application_claim: [1] }],
    ['an array of an array', { application_claim: [[{ application_id: APPLICATION_ID }]] }],
    ['an array of an empty array', { application_claim: [[]] }],
  ])('section 6: refuses %s', (_what, claims) => expect(read(claims)).toBeUndefined());

  it.each(['null', '1', '0', 'true', 'false', '[]', `["${APPLICATION_ID}"]`, '{}'])(
    'section 6: refuses identifiers that are no text: %s',
    (value) => {
      expect(read(withApplication(`{"application_id":${value},"namespace_id":"${NAMESPACE_ID}"}`))).toBeUndefined();
      expect(read(withApplication(`{"application_id":"${APPLICATION_ID}","namespace_id":${value}}`))).toBeUndefined();
    },
  );

  it.each([
    ['application_claim twice', `{"application_claim":[{"application_id":"a"}],"application_claim":[{}]}`],
    ['exp twice', '{"application_claim":[{}],"exp":1,"exp":99999999999}'],
    ['an identifier twice', withApplication('{"application_id":"a","application_id":"b"}')],
    ['an identifier twice, one escaped', withApplication(String.raw`{"application_id":"a","application\u005fid":"b"}`)],
  ])('section 6: refuses %s', (_what, claims) => expect(read(claims)).toBeUndefined());

  it.each([
    '',
    'null',
    '[]',
    '"claims"',
    '1',
    'foo',
    '{"application_claim":[{}]',
    '\u{feff}{"application_claim":[{}]}',
  ])('section 6: refuses claims that are no JSON object: %j', (text) => expect(read(text)).toBeUndefined());

  describe.each(['exp', 'nbf', 'iat'])('%s', (name) => {
    it.each(['"1"', '""', 'null', 'true', 'false', '[1]', '{}', '1e999', '-1e999'])(
      `section 6: refuses ${name} that is no finite number: %s`,
      (value) => expect(read(`{"application_claim":[{}],"${name}":${value}}`)).toBeUndefined(),
    );

    it(`section 6: accepts ${name} as any finite number, and none`, () => {
      for (const value of ['0', '-1', '1.5', '1e10', '1e300']) {
        expect(read(`{"application_claim":[{}],"${name}":${value}}`)).toBeDefined();
      }
      expect(read('{"application_claim":[{}]}')).toBeDefined();
    });
  });

  it('section 6: iat in the future is no reason to refuse', () => {
    expect(isInTime(read(applicationClaims({ iat: 99_999_999_999 })) as VerifiedToken, 0)).toBe(true);
  });

  it('section 6: a time under a name of other case is no time', () => {
    expect(isInTime(read(applicationClaims({ EXP: 1, Nbf: 99_999_999_999 })) as VerifiedToken, 2_000)).toBe(true);
  });
});

describe('the time of a token', () => {
  const NOW = 1_700_000_000;
  /** Whether a token with these claims holds at an instant, in milliseconds from `NOW`. */
  const holds = (claims: object, offsetMs: number) =>
    isInTime(read(applicationClaims(claims)) as VerifiedToken, NOW * 1_000 + offsetMs);

  it('section 6: holds until the millisecond before exp', () => expect(holds({ exp: NOW }, -1)).toBe(true));
  it('section 6: has expired at the instant exp, without tolerance', () => expect(holds({ exp: NOW }, 0)).toBe(false));
  it('section 6: has expired at a fraction of a second', () => expect(holds({ exp: NOW + 0.5 }, 501)).toBe(false));
  it('section 6: does not hold the millisecond before nbf', () => expect(holds({ nbf: NOW }, -1)).toBe(false));
  it('section 6: holds from the instant nbf on', () => expect(holds({ nbf: NOW }, 0)).toBe(true));
  it('section 6: does not need exp', () => expect(holds({}, 1e12)).toBe(true));
  it('section 6: takes exp 0 for an instant long past', () => expect(holds({ exp: 0 }, 0)).toBe(false));
  it('section 6: takes exp in milliseconds for a far instant, as it says', () => {
    expect(holds({ exp: NOW * 1_000 }, 0)).toBe(true);
  });
  it('section 6: never holds where nbf is behind exp', () => {
    for (const offset of [-2_000, 0, 2_000]) expect(holds({ nbf: NOW + 1, exp: NOW - 1 }, offset)).toBe(false);
  });
});
