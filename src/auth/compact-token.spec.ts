import { describe, expect, it } from 'vitest';
import { encodePart } from '../../test/support/tokens.js';
import { payloadOf } from './compact-token.js';

const HEADER = { alg: 'RS256' };
const SIGNATURE = Buffer.alloc(256, 7);

/** A token of the right form; what is given replaces its header. */
function tokenWith(header: string | Uint8Array | object): string {
  return [header, { a: 1 }, SIGNATURE].map(encodePart).join('.');
}

const valid = tokenWith(HEADER);
const [header = '', payload = '', signature = ''] = valid.split('.');

/** The same bits and other ones behind them: decoders that are lax give the same bytes. */
function withTrailingBits(part: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const altered = part.slice(0, -1) + alphabet[alphabet.indexOf(part.at(-1) ?? '') + 1];
  expect(Buffer.from(altered, 'base64url')).toEqual(Buffer.from(part, 'base64url'));
  return altered;
}

describe('the form of a token', () => {
  it('section 6: three canonical parts give the bytes of the second', () => {
    expect(Buffer.from(payloadOf(valid) ?? []).toString()).toBe('{"a":1}');
  });

  it.each([
    ['nothing', ''],
    ['one part', header],
    ['two parts', `${header}.${payload}`],
    ['four parts', `${valid}.${signature}`],
    ['an empty fourth part', `${valid}.`],
    ['five parts, as a JWE has', `${header}.${payload}.${payload}.${payload}.${signature}`],
    ['an empty header', `.${payload}.${signature}`],
    ['an empty payload, as a detached one', `${header}..${signature}`],
    ['an empty signature', `${header}.${payload}.`],
    ['nothing but dots', '..'],
  ])('section 6: refuses %s', (_what, token) => expect(payloadOf(token)).toBeUndefined());

  it('section 6: refuses the JSON serialization, flattened and general', () => {
    expect(payloadOf(JSON.stringify({ protected: header, payload, signature }))).toBeUndefined();
    expect(payloadOf(JSON.stringify({ payload, signatures: [{ protected: header, signature }] }))).toBeUndefined();
  });

  it.each([
    ['padding behind the header', `${header}=.${payload}.${signature}`],
    ['padding behind the payload', `${header}.${payload}==.${signature}`],
    ['padding behind the signature', `${valid}==`],
    ['escaped padding', `${valid}%3D%3D`],
    ['a plus sign', `${header}.${payload}.+${signature.slice(1)}`],
    ['a slash', `${header}.${payload}./${signature.slice(1)}`],
    ['a space before it', ` ${valid}`],
    ['a space behind it', `${valid} `],
    ['a line end behind it', `${valid}\n`],
    ['a line end within', `${header}.\r\n${payload}.${signature}`],
    ['NUL', `${valid}\0`],
    ['a letter beyond ASCII', `${valid.slice(0, -1)}é`],
    ['a scheme before it', `Bearer ${valid}`],
    ['quotes', `"${valid}"`],
    ['two tokens that a repeated header joined', `${valid}, ${valid}`],
  ])('section 6: refuses %s', (_what, token) => expect(payloadOf(token)).toBeUndefined());

  it.each([
    ['header', `${withTrailingBits(encodePart({ alg: 'RS256', ab: 1 }))}.${payload}.${signature}`],
    ['payload', `${header}.${withTrailingBits(payload)}.${signature}`],
    ['signature', `${header}.${payload}.${withTrailingBits(signature)}`],
  ])('section 6: refuses bits behind the last byte of the %s', (_part, token) => {
    expect(payloadOf(token)).toBeUndefined();
  });

  it('section 6: refuses a part whose length no bytes can have', () => {
    expect(payloadOf(`${header}.${encodePart('abc')}A.${signature}`)).toBeUndefined();
  });
});

describe('the header of a token', () => {
  it.each([
    'none',
    'None',
    'NONE',
    'nOnE',
    'HS256',
    'HS384',
    'HS512',
    'RS384',
    'RS512',
    'PS256',
    'PS384',
    'PS512',
    'ES256',
    'ES256K',
    'ES384',
    'ES512',
    'EdDSA',
    'Ed25519',
    'RSA1_5',
    'RSA-OAEP',
    'dir',
    'rs256',
    'Rs256',
    'RS256 ',
    ' RS256',
    'RS256\0',
    '',
    '__proto__',
    'constructor',
    1,
    true,
    null,
    ['RS256'],
    { alg: 'RS256' },
  ])('section 6: refuses the algorithm %j', (alg) => expect(payloadOf(tokenWith({ alg }))).toBeUndefined());

  it.each([
    ['no algorithm', {}],
    ['an algorithm under a name of other case', { Alg: 'RS256' }],
    ['an algorithm that is inherited only', '{"__proto__":{"alg":"RS256"}}'],
    ['two algorithms, the right one last', '{"alg":"none","alg":"RS256"}'],
    ['two algorithms, the right one first', '{"alg":"RS256","alg":"none"}'],
    ['two algorithms, one name escaped', String.raw`{"alg":"RS256","\u0061lg":"RS256"}`],
    ['any other name that stands twice', '{"alg":"RS256","kid":"a","kid":"b"}'],
    ['an array', [HEADER]],
    ['null', 'null'],
    ['a text', '"RS256"'],
    ['no JSON', 'alg=RS256'],
    ['JSON and more behind it', '{"alg":"RS256"}{}'],
    ['a byte order mark', '\u{feff}{"alg":"RS256"}'],
    [
      'bytes that are no UTF-8',
      Buffer.concat([Buffer.from('{"alg":"RS256","kid":"'), Buffer.from([0xff]), Buffer.from('"}')]),
    ],
  ])('section 6: refuses a header with %s', (_what, wrong) => {
    expect(payloadOf(tokenWith(wrong))).toBeUndefined();
  });

  it.each([[['exp']], [['b64']], [['alg']], [['http://example.com/unknown']], [[]], ['exp'], [{}], [null], [false]])(
    'section 6: refuses any crit: %j',
    (crit) => {
      expect(payloadOf(tokenWith({ ...HEADER, crit, exp: 1, b64: true }))).toBeUndefined();
    },
  );

  it.each([false, null, 'true', 0, 'false'])('section 6: refuses an unencoded payload: b64 is %j', (b64) => {
    expect(payloadOf(tokenWith({ ...HEADER, b64 }))).toBeUndefined();
    expect(payloadOf(tokenWith({ ...HEADER, b64, crit: ['b64'] }))).toBeUndefined();
  });

  it('section 6: refuses an algorithm that a polluted prototype would lend', () => {
    Object.defineProperty(Object.prototype, 'alg', { value: 'RS256', configurable: true });
    try {
      expect(payloadOf(tokenWith({}))).toBeUndefined();
    } finally {
      Reflect.deleteProperty(Object.prototype, 'alg');
    }
  });

  it('section 6: members without a meaning here are let be', () => {
    expect(
      payloadOf(tokenWith({ ...HEADER, typ: 'JWT', cty: 'JSON', kid: 'a', b64: true, unknown: {} })),
    ).toBeDefined();
  });
});
