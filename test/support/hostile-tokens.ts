import {
  constants,
  createHash,
  createHmac,
  generateKeyPairSync,
  type KeyObject,
  sign,
  type SignKeyObjectInput,
} from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { applicationClaims, encodePart, foreignToken, type KeyPair, pkcs1Pem, rs256Token, spkiPem } from './tokens.js';

/**
 * Tokens that an attacker would try, by class: those of RFC 8725 and of the Wycheproof project's vectors for JWS and JWT.
 * Where nothing else is said, the claims are good ones, so that a token would be granted if its fault went unseen.
 */
export type Vectors = [name: string, make: () => string | Buffer | Promise<string>][];

/** Stands in the claims of every token, to look for in what the host writes and answers. */
export const CANARY = 'canary-of-the-claims';

export const claims = (more: object = {}): object => applicationClaims({ canary: CANARY, ...more });

/** A token signed as it should be. */
export const validToken = (keys: KeyPair, more: object = {}): string => rs256Token(keys, claims(more));

/** What is never signed: the algorithm none, however it is spelled (RFC 8725 section 2.1). */
export function unsignedTokens(keys: KeyPair): Vectors {
  const [, payload = '', signature = ''] = validToken(keys).split('.');
  const spellings = ['none', 'None', 'NONE', 'nOnE', 'none ', ' none', 'none\0', 'nonE\n', '', 'null', null, false, []];
  const named = spellings.map((alg): [string, string] => [JSON.stringify(alg), encodePart({ alg, typ: 'JWT' })]);
  const headers = [...named, ['no alg at all', encodePart({ typ: 'JWT' })] as const];
  return headers.flatMap(([name, header]): Vectors => [
    [`${name}, empty signature`, () => `${header}.${payload}.`],
    [`${name}, no signature`, () => `${header}.${payload}`],
    [`${name}, signature of another token`, () => `${header}.${payload}.${signature}`],
    [`${name}, signed by the right key`, () => rs256Token(keys, claims(), Buffer.from(header, 'base64url'))],
  ]);
}

/** Forms in which an implementation may hand the public key to HMAC as its secret (RFC 8725 section 2.1). */
function publicSecrets(keys: KeyPair): [string, string | Buffer][] {
  const jwk = keys.publicKey.export({ format: 'jwk' });
  const [spki, pkcs1] = [spkiPem(keys), pkcs1Pem(keys)];
  const der = keys.publicKey.export({ format: 'der', type: 'spki' });
  return [
    ['SPKI PEM', spki],
    ['SPKI PEM without its last line end', spki.trim()],
    ['SPKI PEM with CRLF', spki.replaceAll('\n', '\r\n')],
    ['SPKI PEM in one line', spki.replaceAll('\n', '')],
    ['SPKI PEM with escaped line ends', spki.replaceAll('\n', '\\n')],
    ['PKCS#1 PEM', pkcs1],
    ['PKCS#1 PEM without its last line end', pkcs1.trim()],
    ['PKCS#1 PEM with CRLF', pkcs1.replaceAll('\n', '\r\n')],
    ['SPKI DER', der],
    ['PKCS#1 DER', keys.publicKey.export({ format: 'der', type: 'pkcs1' })],
    ['base64 of the DER', der.toString('base64')],
    ['JWK', JSON.stringify(jwk)],
    ['modulus', Buffer.from(jwk.n ?? '', 'base64url')],
    ['modulus in base64url', jwk.n ?? ''],
    ['modulus in hex', Buffer.from(jwk.n ?? '', 'base64url').toString('hex')],
    ['nothing', ''],
    ['a zero byte', Buffer.alloc(1)],
    ['secret', 'secret'],
    ['undefined', 'undefined'],
    ['[object CryptoKey]', '[object CryptoKey]'],
  ];
}

/** HMAC keyed by what is public, under its own name and under that of RS256. */
export function confusedTokens(keys: KeyPair): Vectors {
  return publicSecrets(keys).flatMap(([form, secret]) =>
    ['HS256', 'HS384', 'HS512'].flatMap((alg): Vectors => {
      const hmac = (input: Buffer) => createHmac(alg.replace('HS', 'sha'), secret).update(input).digest();
      return [
        [`${alg} keyed by ${form}`, () => foreignToken({ alg, typ: 'JWT' }, hmac, claims())],
        [`${alg} keyed by ${form}, named RS256`, () => foreignToken({ alg: 'RS256', typ: 'JWT' }, hmac, claims())],
      ];
    }),
  );
}

type Signer = (input: Buffer) => Buffer;
const signer =
  (hash: string | null, key: KeyObject | SignKeyObjectInput): Signer =>
  (input) =>
    sign(hash, input, key);
const elliptic = (namedCurve: string): SignKeyObjectInput => ({
  key: generateKeyPairSync('ec', { namedCurve }).privateKey,
  dsaEncoding: 'ieee-p1363',
});

/** A signature of every other algorithm, by the right key where it can make one. */
export function otherAlgorithms({ privateKey }: KeyPair): Vectors {
  const pss = { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING };
  const signers: [alg: string, signer: Signer][] = [
    ['RS1', signer('sha1', privateKey)],
    ['RS384', signer('sha384', privateKey)],
    ['RS512', signer('sha512', privateKey)],
    ['PS256', signer('sha256', { ...pss, saltLength: 32 })],
    ['PS384', signer('sha384', { ...pss, saltLength: 48 })],
    ['PS512', signer('sha512', { ...pss, saltLength: 64 })],
    ['ES256', signer('sha256', elliptic('P-256'))],
    ['ES384', signer('sha384', elliptic('P-384'))],
    ['ES512', signer('sha512', elliptic('P-521'))],
    ['ES256K', signer('sha256', elliptic('secp256k1'))],
    ['EdDSA', signer(null, generateKeyPairSync('ed25519').privateKey)],
    ['Ed25519', signer(null, generateKeyPairSync('ed25519').privateKey)],
    ['Ed448', signer(null, generateKeyPairSync('ed448').privateKey)],
  ];
  const foreign = signers.flatMap(([alg, make]): Vectors => [
    [alg, () => foreignToken({ alg, typ: 'JWT' }, make, claims())],
    [`${alg}, named RS256`, () => foreignToken({ alg: 'RS256', typ: 'JWT' }, make, claims())],
  ]);
  const renamed = ['RS384', 'RS512', 'PS256', 'HS256', 'ES256', 'EdDSA', 'rs256', 'RS256 ', 'RSA', 'SHA256withRSA'];
  const named = renamed.map((alg): Vectors[number] => [
    `RS256 by the right key, named ${JSON.stringify(alg)}`,
    () => foreignToken({ alg, typ: 'JWT' }, signer('sha256', privateKey), claims()),
  ]);
  return [...foreign, ...named];
}

/** Headers that name, bring or point to a key (RFC 7515 sections 4.1.2 to 4.1.8); `url` is where a fetch would be seen. */
export function keyHeaders({ publicKey }: KeyPair, url: string): [string, object][] {
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'theirs', alg: 'RS256', use: 'sig' };
  const der = publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
  const keySet = Buffer.from(JSON.stringify({ keys: [jwk] })).toString('base64');
  return [
    ['jwk', { jwk }],
    ['jwk and its kid', { jwk, kid: 'theirs' }],
    ['jwk that is a set', { jwk: { keys: [jwk] } }],
    ['kid', { kid: 'theirs' }],
    ['kid that is a URL', { kid: url }],
    ['kid that is a path', { kid: '../../../../../../dev/null' }],
    ['kid that is a file URL', { kid: 'file:///dev/null' }],
    ['kid that is SQL', { kid: "x' UNION SELECT 'secret';--" }],
    ['kid that is a command', { kid: `|curl ${url}` }],
    ['kid that is an own name of every object', { kid: '__proto__' }],
    ['kid that is no text', { kid: [{ $ne: null }] }],
    ['jku', { jku: `${url}/.well-known/jwks.json`, kid: 'theirs' }],
    ['jku with a trusted-looking user', { jku: url.replace('//', '//trusted.example@'), kid: 'theirs' }],
    ['jku that is data', { jku: `data:application/json;base64,${keySet}`, kid: 'theirs' }],
    ['jku that is a list', { jku: [url], kid: 'theirs' }],
    ['x5u', { x5u: `${url}/chain.pem` }],
    ['x5c', { x5c: [der] }],
    ['x5c that is a text', { x5c: der }],
    ['x5t', { x5t: createHash('sha1').update(der).digest('base64url') }],
    ['x5t#S256', { 'x5t#S256': createHash('sha256').update(der).digest('base64url') }],
    ['all of them', { jwk, kid: url, jku: url, x5u: url, x5c: [der] }],
    ['url and epk', { url, epk: jwk, apu: 'AA', apv: 'AA' }],
  ];
}

/** Headers that the right key signed and that ask for what is not understood (RFC 7515 section 4.1.11, RFC 7797). */
export function demandingHeaders(keys: KeyPair): Vectors {
  const crits = [
    [],
    ['exp'],
    ['b64'],
    ['alg'],
    ['crit'],
    ['urn:x'],
    'exp',
    '',
    {},
    { 0: 'exp' },
    null,
    false,
    0,
    [null],
  ];
  const signed = (header: string | object) => rs256Token(keys, claims(), header);
  const unencoded = encodePart({ alg: 'RS256', b64: false, crit: ['b64'] });
  const plain = JSON.stringify(claims()).replaceAll('.', '');
  const plainSignature = encodePart(sign('sha256', Buffer.from(`${unencoded}.${plain}`), keys.privateKey));
  const deflated = deflateRawSync(JSON.stringify(claims()));
  return [
    ...crits.map((crit): Vectors[number] => [
      `crit ${JSON.stringify(crit)}`,
      () => signed({ alg: 'RS256', crit, exp: 4_102_444_800, b64: true, 'urn:x': 1 }),
    ]),
    ['crit with an escaped name', () => signed(String.raw`{"alg":"RS256","\u0063rit":["x"],"x":1}`)],
    ['b64 false', () => signed({ alg: 'RS256', b64: false })],
    ['b64 false, and critical', () => signed({ alg: 'RS256', b64: false, crit: ['b64'] })],
    ['b64 null', () => signed({ alg: 'RS256', b64: null })],
    ['b64 "false"', () => signed({ alg: 'RS256', b64: 'false' })],
    ['b64 0', () => signed({ alg: 'RS256', b64: 0 })],
    ['an unencoded payload', () => `${unencoded}.${plain}.${plainSignature}`],
    ['a detached payload', () => `${unencoded}..${plainSignature}`],
    ['zip, deflated', () => rs256Token(keys, deflated, { alg: 'RS256', zip: 'DEF' })],
    ['zip, a bomb', () => rs256Token(keys, deflateRawSync(Buffer.alloc(8_000_000, ' ')), { alg: 'RS256', zip: 'DEF' })],
  ];
}

/** Headers that the right key signed and that are read one way by one parser and another way by the next. */
export function ambiguousHeaders(keys: KeyPair): Vectors {
  const headers: [string, string | Buffer][] = [
    ['alg twice, the right one last', '{"alg":"none","alg":"RS256"}'],
    ['alg twice, the right one first', '{"alg":"RS256","alg":"none"}'],
    ['alg twice, one escaped', String.raw`{"alg":"RS256","\u0061lg":"HS256"}`],
    ['kid twice', '{"alg":"RS256","kid":"a","kid":"b"}'],
    ['a name twice deep within', '{"alg":"RS256","x":[{"a":1,"b":{"c":1,"c":2}}]}'],
    ['ALG', '{"ALG":"RS256"}'],
    ['Alg beside none', '{"Alg":"RS256","alg":"none"}'],
    ['alg of an inherited kind', '{"__proto__":{"alg":"RS256"}}'],
    ['alg in an array', '{"alg":["RS256"]}'],
    ['alg in an object', '{"alg":{"toString":"RS256"}}'],
    ['alg with a homoglyph', '{"alg":"RЅ256"}'],
    ['alg with a zero width space', '{"alg":"RS256\u200b"}'],
    ['alg in full width', '{"alg":"RS２５６"}'],
    ['an array', '[{"alg":"RS256"}]'],
    ['a text', '"RS256"'],
    ['null', 'null'],
    ['no JSON', 'RS256'],
    ['a comment', '{"alg":"RS256"/**/}'],
    ['a comma too many', '{"alg":"RS256",}'],
    ['single quotes', "{'alg':'RS256'}"],
    ['JSON and more behind it', '{"alg":"RS256"}{"alg":"none"}'],
    ['a NUL behind it', '{"alg":"RS256"}\0'],
    ['a byte order mark', '\u{feff}{"alg":"RS256"}'],
    ['UTF-16', Buffer.from('{"alg":"RS256"}', 'utf16le')],
    ['bytes that are no UTF-8', Buffer.from('{"alg":"RS256","kid":"\xff"}', 'latin1')],
    ['overlong UTF-8', Buffer.from('{"\xc1\xa1lg":"RS256"}', 'latin1')],
    ['a lone surrogate in UTF-8', Buffer.from('{"alg":"RS256","kid":"\xed\xa0\x80"}', 'latin1')],
  ];
  return headers.map(([name, header]) => [name, () => rs256Token(keys, claims(), header)]);
}
