import { CompactEncrypt, FlattenedSign, GeneralSign } from 'jose';
import { claims, validToken, type Vectors } from './hostile-tokens.js';
import { encodePart, type KeyPair, rs256Token } from './tokens.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** The same bytes to a lax decoder: bits behind the last byte. Only parts whose length leaves some have them. */
function withTrailingBits(part: string): string {
  if (part.length % 4 === 0) throw new Error('no bits are left behind the last byte');
  return part.slice(0, -1) + ALPHABET[ALPHABET.indexOf(part.at(-1) ?? '') + 1];
}

/** A token whose signature holds what the standard alphabet writes otherwise, and whose every part has bits left. */
function telling(keys: KeyPair): [header: string, payload: string, signature: string] {
  for (let jti = 0; ; jti++) {
    const token = rs256Token(keys, claims({ jti, more: 'x'.repeat(jti % 3) }), { alg: 'RS256', typ: 'JWT', a: 10 });
    const parts = token.split('.') as [string, string, string];
    if (/[-].*_|_.*[-]/.test(parts[2]) && parts.every((part) => part.length % 4 !== 0)) return parts;
  }
}

/** Texts that are no three canonical parts (RFC 7515 section 7.1), though the signature in them is good. */
export function malformedTokens(keys: KeyPair): Vectors {
  const [h, p, s] = telling(keys);
  const token = `${h}.${p}.${s}`;
  const standard = s.replaceAll('-', '+').replaceAll('_', '/');
  const texts: [string, string][] = [
    ['one part', h],
    ['two parts', `${h}.${p}`],
    ['four parts', `${token}.${s}`],
    ['an empty fourth part', `${token}.`],
    ['an empty part before', `.${token}`],
    ['five parts', `${h}.${p}.${p}.${p}.${s}`],
    ['six parts', `${h}.${p}.${s}.${h}.${p}.${s}`],
    ['an empty header', `.${p}.${s}`],
    ['an empty payload', `${h}..${s}`],
    ['an empty signature', `${h}.${p}.`],
    ['one dot', '.'],
    ['two dots', '..'],
    ['three dots', '...'],
    ['a header alone and dots', `${h}..`],
    ['padding', `${token}==`],
    ['padding behind the payload', `${h}.${p}=.${s}`],
    ['padding behind the header', `${h}=.${p}.${s}`],
    ['nothing but padding for a signature', `${h}.${p}.==`],
    ['the standard alphabet', `${h}.${p}.${standard}`],
    ['the standard alphabet and padding', `${h}.${p}.${standard}==`],
    ['the alphabets mixed', `${h}.${p}.${s.replace('-', '+')}`],
    ['bits behind the header', `${withTrailingBits(h)}.${p}.${s}`],
    ['bits behind the payload', `${h}.${withTrailingBits(p)}.${s}`],
    ['bits behind the signature', `${h}.${p}.${withTrailingBits(s)}`],
    ['a character too many', `${h}.${p}.${s}A`],
    ['a character too few', token.slice(0, -1)],
    ['a space within', `${h}. ${p}.${s}`],
    ['a tab within', `${h}.${p}.\t${s}`],
    ['a space within the signature', `${h}.${p}.${s.slice(0, 40)} ${s.slice(40)}`],
    ['an escaped line end', `${h}.${p}.${s}%0A`],
    ['a written line end', `${h}.${p}.${s}\\n`],
    ['escaped dots', token.replaceAll('.', '%2E')],
    ['other dots', token.replaceAll('.', ':')],
    ['a comma behind it', `${token},`],
    ['a list of one', `${token}, ${token}`],
    ['a parameter behind it', `${token};q=1`],
    ['a scheme', `Bearer ${token}`],
    ['quotes', `"${token}"`],
    ['brackets', `<${token}>`],
    ['a letter beyond ASCII', `${h}.${p}.${s}é`],
    ['a no-break space', `${h}.${p}.${s}\u00a0`],
    ['all of it encoded once more', encodePart(token)],
    ['decoded parts', `${Buffer.from(h, 'base64url').toString()}.${Buffer.from(p, 'base64url').toString()}.${s}`],
    ['parts in hex', [h, p, s].map((part) => Buffer.from(part, 'base64url').toString('hex')).join('.')],
    ['the parts exchanged', `${p}.${h}.${s}`],
    ['other case', `${h}.${p}.${s.toLowerCase()}`],
    ['null', 'null'],
    ['undefined', 'undefined'],
    ['true', 'true'],
    ['a format string', '%s%s%n'],
  ];
  return [
    ...texts.map(([name, text]): Vectors[number] => [name, () => Buffer.from(text, 'latin1')]),
    ['full stops of full width', () => Buffer.from(token.replaceAll('.', '．'))],
    ['a byte order mark', () => Buffer.from(`\u{feff}${token}`)],
  ];
}

/** Other serialisations, and tokens in tokens (RFC 7515 section 7.2, RFC 7516, RFC 7519 section 5.2). */
export function wrappedTokens(keys: KeyPair): Vectors {
  const payload = Buffer.from(JSON.stringify(claims()));
  const encrypted = (content: Uint8Array, header: object = {}) =>
    new CompactEncrypt(content)
      .setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM', ...header })
      .encrypt(keys.publicKey);
  const flattened = () => new FlattenedSign(payload).setProtectedHeader({ alg: 'RS256' }).sign(keys.privateKey);
  const general = () =>
    new GeneralSign(payload).addSignature(keys.privateKey).setProtectedHeader({ alg: 'RS256' }).sign();
  const unsigned = `${encodePart({ alg: 'none' })}.${encodePart(claims())}.`;
  return [
    ['a JWE to the public key', () => encrypted(payload)],
    ['a JWE around a token that is not signed', () => encrypted(Buffer.from(unsigned), { cty: 'JWT' })],
    ['a JWE around a good token', () => encrypted(Buffer.from(validToken(keys)), { cty: 'JWT' })],
    ['a JWE with direct encryption', () => `${encodePart({ alg: 'dir', enc: 'A128GCM' })}..AAAA.AAAA.AAAA`],
    ['a token around a good token', () => rs256Token(keys, validToken(keys), { alg: 'RS256', cty: 'JWT' })],
    ['a token around one that is not signed', () => rs256Token(keys, unsigned, { alg: 'RS256', cty: 'JWT' })],
    ['a token around a JSON text', () => rs256Token(keys, JSON.stringify(JSON.stringify(claims())))],
    ['flattened JSON', async () => JSON.stringify(await flattened())],
    ['flattened JSON, encoded', async () => encodePart(await flattened())],
    ['general JSON', async () => JSON.stringify(await general())],
    [
      'flattened JSON with a header beside',
      async () => JSON.stringify({ ...(await flattened()), header: { alg: 'none' } }),
    ],
  ];
}
