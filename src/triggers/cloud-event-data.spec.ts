import { describe, expect, it } from 'vitest';
import { boundedJson, dataOf } from './cloud-event-data.js';

function nested(levels: number): Buffer {
  return Buffer.from('['.repeat(levels) + ']'.repeat(levels));
}

describe('the data of a CloudEvent in the JSON event format', () => {
  it.each([
    'application/json',
    'text/json; charset=utf-8',
    'model/gltf+json',
    'application/vnd.a.b+json;v=1',
    'A/JSON',
  ])('is a JSON value where its type is %s', (type) => {
    expect(dataOf(Buffer.from('{"a":[1]}'), type)).toEqual({ datacontenttype: type, data: { a: [1] } });
  });

  it.each(['application/jsonp', 'application/json-seq', 'json', 'text/plain; a=application/json'])(
    'is text where its type is %s',
    (type) => {
      expect(dataOf(Buffer.from('1'), type)).toEqual({ datacontenttype: type, data: '1' });
    },
  );

  it('is absent where the body is empty', () => {
    expect(dataOf(Buffer.alloc(0), undefined)).toEqual({});
    expect(dataOf(Buffer.alloc(0), 'application/json')).toEqual({ datacontenttype: 'application/json' });
  });

  it('is JSON of a depth that JSON.stringify and every sub-runtime can take, else bytes', () => {
    expect(boundedJson(nested(500))).toBeDefined();
    expect(boundedJson(nested(501))).toBeUndefined();
    const bomb = nested(200_000);
    expect(dataOf(bomb, 'application/json')).toHaveProperty('data_base64', bomb.toString('base64'));
    expect(dataOf(bomb, undefined)).toEqual({ datacontenttype: 'text/plain; charset=utf-8', data: bomb.toString() });
  });

  it('makes nothing of bytes that are no UTF-8, however much they look like JSON', () => {
    expect(boundedJson(Buffer.from([0x22, 0xff, 0x22]))).toBeUndefined();
  });
});
