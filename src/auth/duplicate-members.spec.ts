import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasDuplicateMembers } from './duplicate-members.js';

describe('members of one name', () => {
  it('section 6: a name that stands twice in one object is found', () => {
    expect(hasDuplicateMembers('{"exp":1,"iat":2,"exp":3}')).toBe(true);
  });

  it('section 6: a name that stands twice is found behind white space and line ends', () => {
    expect(hasDuplicateMembers('{"exp" : 1,\r\n\t"exp"\n:3}')).toBe(true);
  });

  it('section 6: a name that is written with escapes the second time is found', () => {
    expect(hasDuplicateMembers(String.raw`{"exp":1,"\u0065\u0078\u0070":3}`)).toBe(true);
  });

  it('section 6: a name that stands twice in an inner object is found', () => {
    expect(hasDuplicateMembers('{"application_claim":[{"application_id":"a","application_id":"b"}]}')).toBe(true);
  });

  it('section 6: one name in two objects is no duplicate', () => {
    expect(hasDuplicateMembers('{"a":{"a":1},"b":[{"a":1},{"a":1}]}')).toBe(false);
  });

  it('section 6: a name that stands again as a value, or differs in case, is no duplicate', () => {
    expect(hasDuplicateMembers('{"exp":"exp","EXP":["exp","exp"]}')).toBe(false);
  });

  it('section 6: braces, quotes and colons within strings are no structure', () => {
    expect(hasDuplicateMembers(String.raw`{"a":"}\"a\":{","b":"\\","c":"{"}`)).toBe(false);
    expect(hasDuplicateMembers(String.raw`{"a":"}\\","a":1}`)).toBe(true);
  });

  it('section 6: names that every object inherits are names like any other', () => {
    expect(hasDuplicateMembers('{"__proto__":1,"constructor":2,"toString":3}')).toBe(false);
    expect(hasDuplicateMembers('{"__proto__":1,"__proto__":2}')).toBe(true);
  });

  it('section 6: no value that a serializer wrote has duplicates, and repeating any of its members is found', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), fc.nat(), (object, chosen) => {
        const json = JSON.stringify(object);
        expect(hasDuplicateMembers(json)).toBe(false);
        const names = Object.keys(object);
        const name = names[chosen % names.length];
        expect(hasDuplicateMembers(`${json.slice(0, -1)},${JSON.stringify(name)}:null}`)).toBe(true);
      }),
    );
  });
});
