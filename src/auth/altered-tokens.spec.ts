import fc from 'fast-check';
import { importSPKI } from 'jose';
import { describe, expect, it } from 'vitest';
import { encodePart, rs256Token, rsaKeys, spkiPem } from '../../test/support/tokens.js';
import { TokenVerifier } from './token-verifier.js';

const keys = rsaKeys();
const valid = rs256Token(keys);
const verifier = new TokenVerifier(await importSPKI(spkiPem(keys), 'RS256'));

async function isAccepted(token: string): Promise<boolean> {
  return (await verifier.verify(token)) !== undefined;
}

describe('altered tokens', () => {
  const anyCharacter = fc.oneof(
    fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ '),
    fc.string({ minLength: 1, maxLength: 1, unit: 'binary' }),
  );
  const edit = fc.record({
    kind: fc.constantFrom('replace', 'insert', 'remove', 'swap', 'repeat'),
    at: fc.nat(valid.length),
    character: anyCharacter,
  });

  function apply(token: string, { kind, at, character }: { kind: string; at: number; character: string }): string {
    const [before, after] = [token.slice(0, at), token.slice(at)];
    switch (kind) {
      case 'replace':
        return before + character + after.slice(1);
      case 'insert':
        return before + character + after;
      case 'remove':
        return before + after.slice(1);
      case 'swap':
        return before + after.slice(1, 2) + after.slice(0, 1) + after.slice(2);
      default:
        return before + after.slice(0, 1) + after;
    }
  }

  it('section 6: a valid token that was altered anywhere is refused, unless it is the same again', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 3 }), async (edits) => {
        const altered = edits.reduce(apply, valid);
        expect(await isAccepted(altered)).toBe(altered === valid);
      }),
      { numRuns: 500 },
    );
  });

  it('section 6: every single bit of the last character of each part counts', async () => {
    for (const [index, part] of valid.split('.').entries()) {
      for (const last of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_') {
        const altered = valid
          .split('.')
          .with(index, part.slice(0, -1) + last)
          .join('.');
        expect(await isAccepted(altered)).toBe(altered === valid);
      }
    }
  });

  it('section 6: no text of any kind is accepted or makes the verifier throw', async () => {
    const part = fc.oneof(fc.base64String(), fc.json().map(encodePart), fc.string({ unit: 'binary' }));
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(part, { maxLength: 6 }).map((parts) => parts.join('.')),
    );
    await fc.assert(
      fc.asyncProperty(text, async (token) => {
        expect(await isAccepted(token)).toBe(false);
      }),
    );
  });
});
