import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalHeader } from './canonical-header.js';
import { type CloudEvent, parseCloudEvent, readCloudEvent } from './cloud-event.js';

const ATTRIBUTES = { specversion: '1.0', id: 'A-1', source: '/shop', type: 'order.placed' };
const HEADERS = { 'ce-specversion': '1.0', 'ce-id': 'A-1', 'ce-source': '/shop', 'ce-type': 'order.placed' };

/** As triggers hand them over. */
function read(given: Record<string, string>, body: string | Buffer = ''): object | undefined {
  const headers = Object.create(null) as Record<string, string>;
  for (const [name, value] of Object.entries(given)) headers[canonicalHeader(name)] = value;
  return plain(readCloudEvent(headers, Buffer.from(body)));
}

function structured(event: unknown, type = 'application/cloudevents+json'): object | undefined {
  return read({ 'content-type': type }, typeof event === 'string' ? event : JSON.stringify(event));
}

/** What the function gets. */
function plain(event: CloudEvent | undefined): object | undefined {
  return event && (JSON.parse(JSON.stringify(event)) as object);
}

describe('a CloudEvent in binary mode', () => {
  it('has the attributes of its ce- headers, extensions too, the content type and the data', () => {
    const more = { 'ce-time': '2026-11-22T10:00:00Z', 'ce-comexample1': 'x', 'content-type': 'application/json' };
    expect(read({ ...HEADERS, ...more }, '{"a":1}')).toEqual({
      ...ATTRIBUTES,
      time: '2026-11-22T10:00:00Z',
      comexample1: 'x',
      datacontenttype: 'application/json',
      data: { a: 1 },
    });
  });

  it.each(['CE-', 'Ce-', 'cE-'])('may spell its headers %s', (prefix) => {
    const given = Object.entries(HEADERS).map(([name, value]) => [prefix + name.slice(3).toUpperCase(), value]);
    expect(read(Object.fromEntries(given) as Record<string, string>)).toEqual(ATTRIBUTES);
  });

  it('has text as text and bytes as base64', () => {
    expect(read({ ...HEADERS, 'content-type': 'text/plain' }, '1')).toMatchObject({ data: '1' });
    const event = read({ ...HEADERS, 'content-type': 'image/png' }, Buffer.from([0xff, 0]));
    expect(event).toEqual({ ...ATTRIBUTES, datacontenttype: 'image/png', data_base64: '/wA=' });
  });

  it('says what its data is where its sender did not', () => {
    expect(read(HEADERS, '{"a":1}')).toEqual({ ...ATTRIBUTES, datacontenttype: 'application/json', data: { a: 1 } });
    expect(read(HEADERS)).toEqual(ATTRIBUTES);
  });

  it('has its data type from ce-datacontenttype, as NATS does, where there is no Content-Type', () => {
    const given = { ...HEADERS, 'ce-datacontenttype': 'text/xml;%20charset=utf-8' };
    const data = { data: '<a/>' };
    expect(read(given, '<a/>')).toEqual({ ...ATTRIBUTES, datacontenttype: 'text/xml; charset=utf-8', ...data });
    expect(read({ ...given, 'content-type': 'a/b' }, '<a/>')).toEqual({
      ...ATTRIBUTES,
      datacontenttype: 'a/b',
      ...data,
    });
  });

  it('has its attributes decoded', () => {
    expect(read({ ...HEADERS, 'ce-subject': '"%E2%82%AC"' })).toEqual({ ...ATTRIBUTES, subject: '€' });
    expect(read({ ...HEADERS, 'ce-specversion': '"1.0"' })).toEqual(ATTRIBUTES);
  });

  it.each(['ce-my-attribute', 'ce-my_attribute', 'ce-', 'ce-é', 'ce-data', 'ce-data_base64', 'ce-__proto__', 'xce-a'])(
    'ignores a header %s',
    (name) => {
      expect(read({ ...HEADERS, [name]: '%FF' })).toEqual(ATTRIBUTES);
    },
  );

  it.each(['constructor', 'tostring'])('takes an extension called %s for an extension', (name) => {
    expect(read({ ...HEADERS, [`ce-${name}`]: 'mine' })).toEqual({ ...ATTRIBUTES, [name]: 'mine' });
  });

  it.each(['ce-id', 'ce-source', 'ce-type', 'ce-specversion'])('is none without %s, or where it is empty', (name) => {
    expect(read({ ...HEADERS, [name]: '' })).toBeUndefined();
    const given = Object.entries(HEADERS).filter(([header]) => header !== name);
    expect(read(Object.fromEntries(given))).toBeUndefined();
  });

  it.each(['0.3', '1.1', '1', '1.0.2', ' 1.0'])('is none of version %j', (version) => {
    expect(read({ ...HEADERS, 'ce-specversion': version })).toBeUndefined();
  });

  it('is none where an attribute cannot be decoded', () => {
    expect(read({ ...HEADERS, 'ce-extension': '%C0%A0' })).toBeUndefined();
  });
});

describe('a CloudEvent in structured mode', () => {
  const event = {
    ...ATTRIBUTES,
    subject: 's',
    anumber: 5,
    aboolean: true,
    datacontenttype: 'a/json',
    data: { a: [null] },
  };

  it.each([
    'application/cloudevents+json',
    'application/cloudevents+json; charset=UTF-8',
    'Application/CloudEvents+JSON ;a=b',
    'application/cloudevents',
  ])('of type %s has every member of its JSON', (type) => {
    expect(structured(event, type)).toEqual(event);
  });

  it('may have data in base64, null as its data, or none', () => {
    expect(structured({ ...ATTRIBUTES, data_base64: '/wA=' })).toEqual({ ...ATTRIBUTES, data_base64: '/wA=' });
    expect(structured({ ...ATTRIBUTES, data: null })).toEqual({ ...ATTRIBUTES, data: null });
    expect(structured(ATTRIBUTES)).toEqual(ATTRIBUTES);
  });

  it('has no attribute that is null', () => {
    expect(structured({ ...ATTRIBUTES, subject: null, anextension: null })).toEqual(ATTRIBUTES);
    expect(structured({ ...ATTRIBUTES, id: null })).toBeUndefined();
  });

  it('counts by its body, whatever ce- headers it has too', () => {
    const given = { ...HEADERS, 'content-type': 'application/cloudevents+json' };
    expect(read({ ...given, 'ce-id': 'other' }, JSON.stringify(event))).toEqual(event);
    expect(read(given, 'no JSON')).toBeUndefined();
  });

  it.each([
    ['application/cloudevents-batch+json', [ATTRIBUTES]],
    ['application/cloudevents-batch+json', ATTRIBUTES],
    ['application/cloudevents+avro', ATTRIBUTES],
    ['application/cloudevents+jsonx', ATTRIBUTES],
    ['application/json', ATTRIBUTES],
    ['text/plain; a="application/cloudevents+json"', ATTRIBUTES],
  ])('is no message of type %s', (type, body) => {
    expect(structured(body, type)).toBeUndefined();
    if (type.startsWith('application/cloudevents')) {
      expect(read({ ...HEADERS, 'content-type': type }, JSON.stringify(body))).toBeUndefined();
    }
  });

  it.each(['id', 'source', 'type', 'specversion'])('is none where %s is absent, empty or no string', (name) => {
    for (const value of [undefined, '', 1, {}, ['1.0'], true]) {
      expect(structured({ ...ATTRIBUTES, [name]: value })).toBeUndefined();
    }
  });

  it.each(['subject', 'time', 'datacontenttype', 'dataschema', 'data_base64'])(
    'is none where %s is no string',
    (name) => {
      expect(structured({ ...ATTRIBUTES, [name]: 1 })).toBeUndefined();
    },
  );

  it('is none with both data and data_base64', () => {
    expect(structured({ ...ATTRIBUTES, data: 1, data_base64: '' })).toBeUndefined();
  });

  it.each(['', '{', 'null', '1', '"1.0"', '[]', `[${JSON.stringify(ATTRIBUTES)}]`, '\ufeff{}'])(
    'is no body %s',
    (body) => {
      expect(structured(body)).toBeUndefined();
    },
  );

  it('is no body that is not UTF-8, and none that is too deep to be handed on', () => {
    const type = { 'content-type': 'application/cloudevents+json' };
    const [before, after] = JSON.stringify({ ...ATTRIBUTES, data: '|' }).split('|') as [string, string];
    expect(read(type, Buffer.concat([Buffer.from(before), Buffer.from([0xff]), Buffer.from(after)]))).toBeUndefined();
    const bomb = '['.repeat(100_000) + ']'.repeat(100_000);
    expect(structured(JSON.stringify(ATTRIBUTES).replace('}', `,"data":${bomb}}`))).toBeUndefined();
  });

  it('takes members called like properties of objects for members', () => {
    const body = JSON.stringify(ATTRIBUTES).replace('}', ',"__proto__":{"polluted":1},"constructor":"c"}');
    const found = parseCloudEvent(Buffer.from(body));
    expect(Object.entries(found ?? {})).toContainEqual(['__proto__', { polluted: 1 }]);
    expect(Object.entries(found ?? {})).toContainEqual(['constructor', 'c']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(structured('{"__proto__":{"specversion":"1.0","id":"1","source":"s","type":"t"}}')).toBeUndefined();
  });
});

describe('a message that is no CloudEvent', () => {
  it('is never refused, whatever it has', () => {
    const names = fc.constantFrom(...Object.keys(HEADERS), 'content-type', 'ce-__proto__', 'ce-constructor', 'host');
    const types = fc.constantFrom('application/cloudevents+json', 'application/json', '1.0', '%');
    const headers = fc.dictionary(names, fc.oneof(types, fc.string({ unit: 'binary' })));
    const body = fc.oneof(fc.json(), fc.string(), fc.uint8Array().map(Buffer.from));
    fc.assert(fc.property(headers, body, (given, data) => void read(given, data as string)));
  });
});
