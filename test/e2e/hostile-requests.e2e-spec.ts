import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forEachByte, type RecordedEvent, type RecordingHost, startRecorder } from '../support/recorder.js';

let recorder: RecordingHost;
beforeAll(async () => {
  recorder = await startRecorder();
});
afterAll(() => recorder.host.stop());

const close = 'Connection: close\r\n';
const get = (target: string, more = '') => `GET ${target} HTTP/1.1\r\nHost: h\r\n${close}${more}\r\n`;
/** A request that would be served if the connection were still open. */
const next = (nonce: string) => `GET /${nonce}/next HTTP/1.1\r\nHost: h\r\n\r\n`;

/** The one event of a request that is good. */
async function eventOf(request: (nonce: string) => string): Promise<{ event: RecordedEvent; nonce: string }> {
  const { answers, events, nonce } = await recorder.exchange(request);
  expect(answers.map(({ status }) => status)).toEqual([200]);
  expect(events).toHaveLength(1);
  const [event] = events as [RecordedEvent];
  expect(JSON.parse(Buffer.from(answers[0]?.body ?? '', 'latin1').toString())).toEqual(event);
  return { event, nonce };
}

describe('section 5: the first line', () => {
  it.each([
    ...[
      'HTTP/0.9',
      'HTTP/1.2',
      'HTTP/1.9',
      'HTTP/2.0',
      'HTTP/2',
      'HTTP/3',
      'HTTP/1',
      'HTTP/1.',
      'HTTP/.1',
      'HTTP/',
      'HTTP',
    ],
    ...[
      'HTTP/11.1',
      'HTTP/01.1',
      'HTTP/1.10',
      'HTTP/1.1x',
      'HTTP/1,1',
      'HTTP 1.1',
      'http/1.1',
      'HTTPS/1.1',
      'ICE/1.0',
      'x',
    ],
    ...['HTTP/1.1 ', 'HTTP/1.1\t', 'HTTP/1.1 x', 'HTTP/1.1\0', 'HTTP/1.1\r', 'HTTP/-1.1', 'HTTP/1.-1', 'HTTP/\xb9.1'],
  ])('with the version %j is refused', async (version) => {
    await recorder.expectRefused((nonce) => `GET /${nonce} ${version}\r\nHost: h\r\n\r\n${next(nonce)}`, 400);
  });

  it.each([
    ['HTTP/0.9', (nonce: string) => `GET /${nonce}\r\n\r\n`],
    ['the preface of HTTP/2', (nonce: string) => `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${next(nonce)}`],
    ['the hello of TLS', () => `\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03${'\0'.repeat(160)}`],
    ['the header of the PROXY protocol', (nonce: string) => `PROXY TCP4 1.1.1.1 2.2.2.2 1 2\r\n${next(nonce)}`],
    ['a command of SMTP', () => 'EHLO h\r\n'],
    ['a command of Redis', () => '*1\r\n$4\r\nPING\r\n'],
    ['an answer', () => 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'],
    ['a space before it', (nonce: string) => ` ${next(nonce)}`],
    ['tabs in it', (nonce: string) => `GET\t/${nonce}\tHTTP/1.1\r\nHost: h\r\n\r\n`],
    ['no target', (nonce: string) => `GET  HTTP/1.1\r\nHost: h\r\nX: ${nonce}\r\n\r\n`],
    ['line feeds alone', (nonce: string) => `GET /${nonce} HTTP/1.1\nHost: h\n\n`],
    ['a line feed alone behind it', (nonce: string) => `GET /${nonce} HTTP/1.1\nHost: h\r\n\r\n`],
    ['a line feed alone behind a header', (nonce: string) => `GET /${nonce} HTTP/1.1\r\nHost: h\nX: y\r\n\r\n`],
    ['a line feed alone at the end', (nonce: string) => `GET /${nonce} HTTP/1.1\r\nHost: h\r\n\n${next(nonce)}`],
    ['carriage returns alone', (nonce: string) => `GET /${nonce} HTTP/1.1\rHost: h\r\r${next(nonce)}`],
    ['a carriage return too many', (nonce: string) => `GET /${nonce} HTTP/1.1\r\r\nHost: h\r\n\r\n`],
    ['a header that is folded into it', (nonce: string) => `GET /${nonce} HTTP/1.1\r\n Host: h\r\n\r\n`],
  ])('is refused with %s', async (_title, request) => {
    await recorder.expectRefused(request, 400);
  });

  it.each([
    'get',
    'Get',
    'FOO',
    'GETT',
    'GE',
    'G',
    'G ET',
    'GET:',
    'G\0ET',
    '\xe9',
    'PRI',
    'X'.repeat(70_000),
    '"GET"',
    '/',
  ])('with the method %j is refused', async (method) => {
    await recorder.expectRefused((nonce) => `${method} /${nonce} HTTP/1.1\r\nHost: h\r\n\r\n${next(nonce)}`, 400);
  });

  it('in HTTP/1.0 needs no host, and closes unless asked not to', async () => {
    const { answers, events, nonce } = await recorder.exchange(
      (own) => `GET /${own}/a HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /${own}/b HTTP/1.0\r\n\r\n${next(own)}`,
    );
    expect(answers.map(({ status, headers }) => [status, headers.get('connection')])).toEqual([
      [200, 'keep-alive'],
      [200, 'close'],
    ]);
    expect(events.map(({ path }) => path)).toEqual([`/${nonce}/a`, `/${nonce}/b`]);
  });
});

describe('section 3: targets', () => {
  it.each([
    ...[
      'N',
      '?N',
      '*',
      '*N',
      'h:80',
      'h:80/N',
      'ftp://h/N',
      'file:///N',
      'urn:N',
      'javascript:N',
      'http:/N',
      'http:N',
      'http://',
    ],
    ...[
      'http:///N',
      'http://:80/N',
      'http://u:p@h/N',
      'http://u@h/N',
      'http://h:x/N',
      'http://[::1/N',
      'http://h%zz/N',
    ],
    ...['http://h\\@g/N', 'http://h g/N', 'http://"h"/N', '/N%', '/N%2', '/N%zz', '/N%u0041', '/N%%20', '/N x', '\\N'],
  ])('such as %j are refused', async (target) => {
    await recorder.expectRefused((nonce) => get(target.replace('N', nonce)) + next(nonce), 400);
  });

  it('with a byte that no target has are refused, and all others reach the function as they are', async () => {
    await forEachByte(async (byte, code) => {
      for (const place of ['path', 'query']) {
        const target = (nonce: string) => (place === 'path' ? `/${nonce}${byte}b` : `/${nonce}?a${byte}b`);
        if (code <= 0x20 || code > 0x7e || (byte === '%' && place === 'path')) {
          await recorder.expectRefused((nonce) => get(target(nonce)), 400);
        } else if (byte !== '?' && byte !== '#' && byte !== '%') {
          const { event, nonce } = await eventOf((own) => get(target(own)));
          if (place === 'path') expect(event.path).toBe(`/${nonce}${byte}b`);
        }
      }
    });
  });

  it.each<[string, string, object]>([
    ['%00', '\0', {}],
    ['%0d%0aX:%20y', '\r\nX: y', {}],
    ['%c3%28', '\ufffd(', {}],
    ['%ed%a0%80', '\ufffd\ufffd\ufffd', {}],
    ['%ff%fe', '\ufffd\ufffd', {}],
    ['%c0%af', '\ufffd\ufffd', {}],
    ['%2e%2e%2f..%5c', '../..\\', {}],
    ['/../..//./', '/../..//./', {}],
    ['%252e', '%2e', {}],
    ['?a=%00&b=%0d%0a', '', { a: '\0', b: '\r\n' }],
    ['?a=%ff', '', { a: '\ufffd' }],
    ['?%zz=1&b=2', '', { b: '2' }],
    ['?a=1;b=2&c=3', '', { c: '3' }],
    [
      '?__proto__=1&constructor=2&hasOwnProperty=3&toString=4',
      '',
      JSON.parse('{"__proto__":"1","constructor":"2","hasOwnProperty":"3","toString":"4"}') as object,
    ],
    ['?__proto__[a]=1&a.__proto__.b=2', '', { '__proto__[a]': '1', 'a.__proto__.b': '2' }],
    ['?&&=&=x', '', { '': 'x' }],
  ])('ending in %s reach the function decoded, never normalised', async (target, path, query) => {
    const { event, nonce } = await eventOf((own) => get(`/${own}${target}`));
    expect(event.path).toBe(`/${nonce}${path}`);
    expect(Object.entries(event.queryStringParameters)).toEqual(Object.entries(query));
  });

  it('in absolute form replace Host, which is needed all the same', async () => {
    const { event, nonce } = await eventOf((own) => get(`http://other:1/${own}`));
    expect([event.path, event.headers['Host']]).toEqual([`/${nonce}`, 'other:1']);
    await recorder.expectRefused((own) => `GET http://other/${own} HTTP/1.1\r\n\r\n`, 400);
  });

  it('with 10,000 parameters lose none, nor of one name', async () => {
    const many = Array.from({ length: 10_000 }, (_, index) => `${index}=`).join('&');
    const { event } = await eventOf((nonce) => get(`/${nonce}?${many}`));
    expect(Object.keys(event.queryStringParameters)).toHaveLength(10_000);
    const { event: same } = await eventOf((nonce) => get(`/${nonce}?${'a=1&'.repeat(10_000)}`));
    expect((same['multiValueQueryStringParameters'] as { a: string[] }).a).toHaveLength(10_000);
  });
});

describe('section 5: hosts', () => {
  it.each([
    ...[
      'h, g',
      'h,',
      'h/x',
      'h\\x',
      'u@h',
      'u:p@h',
      'h:x',
      'h:80:80',
      '[::1',
      '::1',
      '[x]',
      '[::1]x',
      'h h',
      'h\th',
      'h?x',
      'h#x',
    ],
    ...[
      'http://h',
      '"h"',
      '<h>',
      'h|g',
      '{h}',
      'h^',
      '`h`',
      'h%zz',
      'h%',
      'h\0',
      'h\x7f',
      '\xe9',
      'h\r\n g',
      'h\rX: y',
      'h\nX: y',
    ],
  ])('such as %j are refused', async (host) => {
    await recorder.expectRefused((nonce) => `GET /${nonce} HTTP/1.1\r\nHost: ${host}\r\n\r\n${next(nonce)}`, 400);
  });

  it.each([
    '',
    'Host: h\r\nHost: h\r\n',
    'Host: h\r\nHOST: g\r\n',
    'Host: h\r\nhost:\r\n',
    'X-Host: h\r\n',
    'Host\0: h\r\n',
    'Host : h\r\n',
    ' Host: h\r\n',
  ])('are one for each request: %j is refused', async (lines) => {
    await recorder.expectRefused((nonce) => `GET /${nonce} HTTP/1.1\r\n${lines}\r\n${next(nonce)}`, 400);
  });

  it.each([
    'h',
    'h:',
    'h:80',
    '',
    '[::1]',
    '[::1]:80',
    '127.0.0.1',
    '__proto__',
    'constructor',
    'h%41',
    '*',
    "a!$&'()*+;=~",
  ])('such as %j reach the function', async (host) => {
    const { event } = await eventOf((nonce) => `GET /${nonce} HTTP/1.1\r\nHost: ${host}\r\n${close}\r\n`);
    expect(event.headers['Host']).toBe(host);
  });
});

describe('section 3: headers', () => {
  const token = /[!#$%&'*+\-.^_`|~0-9A-Za-z]/;

  it('with a byte that no name has are refused, and all others reach the function', async () => {
    await forEachByte(async (byte) => {
      if (byte === ':') return;
      const request = (nonce: string) => get(`/${nonce}`, `x${byte}y: a\r\n`);
      if (!token.test(byte)) return void (await recorder.expectRefused(request, 400));
      const { event } = await eventOf(request);
      const name = Object.keys(event.headers).find((each) => each.toLowerCase() === `x${byte}y`.toLowerCase());
      expect(event.headers[name ?? '']).toBe('a');
    });
  });

  it('with a byte that no value has are refused, and all others reach the function as they are', async () => {
    await forEachByte(async (byte, code) => {
      for (const value of [`a${byte}b`, `${byte}b`]) {
        const request = (nonce: string) => get(`/${nonce}`, `X-A: ${value}\r\n`);
        if ((code < 0x20 && byte !== '\t') || code === 0x7f) await recorder.expectRefused(request, 400);
        else expect((await eventOf(request)).event.headers['X-A']).toBe(value.replace(/^[\t ]/, ''));
      }
    });
  });

  it('called __proto__, constructor and the like are headers as any other', async () => {
    const names = ['__proto__', 'constructor', 'hasOwnProperty', 'toString', 'valueOf', '__defineGetter__'];
    const { event } = await eventOf((nonce) => get(`/${nonce}`, names.map((name) => `${name}: ${name}\r\n`).join('')));
    for (const map of [event.headers, event['multiValueHeaders'] as Record<string, string[]>]) {
      const own = new Map(Object.entries(map).map(([name, value]) => [name.toLowerCase(), [value].flat()]));
      expect(names.map((name) => own.get(name.toLowerCase()))).toEqual(names.map((name) => [name]));
    }
  });

  it.each(['X-Request-Id', 'Traceparent', 'Prefer', 'Expect', 'X-Auth-Token', 'Content-Type', 'User-Agent'])(
    'that the host looks at may be anything: %s',
    async (name) => {
      const values = [
        '__proto__',
        '\xff'.repeat(100),
        `${' '.repeat(3_000)}x`,
        'a,'.repeat(2_000),
        '{"a":1}',
        '../../x',
        '%00',
      ];
      for (const value of values) {
        const request = (nonce: string) => get(`/${nonce}`, `${name}: ${value}\r\n${name}: ${value}\r\n`);
        if (name === 'Expect') await recorder.expectRefused(request, 417);
        else await eventOf(request);
      }
    },
  );

  it.each(['no-colon', ': a', 'X: a\r\n b', 'X: a\r\n\tb', '\r\x20X: a', ' X: a'])(
    'in the form %j are refused',
    async (line) => {
      await recorder.expectRefused((nonce) => get(`/${nonce}`, `${line}\r\n`) + next(nonce), 400);
    },
  );
});

describe('section 5: sizes', () => {
  it('of a head up to 64 KiB are taken, beyond it refused, in whatever way it is made up', async () => {
    const sized: Record<string, (bytes: number) => (nonce: string) => string> = {
      'one header': (bytes) => (nonce) => get(`/${nonce}`, `X: ${'a'.repeat(bytes)}\r\n`),
      'a header without a value': (bytes) => (nonce) => get(`/${nonce}`, `${'x'.repeat(bytes)}:\r\n`),
      'small headers': (bytes) => (nonce) => get(`/${nonce}`, 'abcde: fghij\r\n'.repeat(bytes / 10)),
      'a path': (bytes) => (nonce) => get(`/${nonce}/${'a'.repeat(bytes)}`),
      'a query': (bytes) => (nonce) => get(`/${nonce}?${'a'.repeat(bytes)}`),
      'a path and headers': (bytes) => (nonce) =>
        get(`/${nonce}/${'a'.repeat(bytes / 2)}`, `X: ${'a'.repeat(bytes / 2)}\r\n`),
    };
    for (const request of Object.values(sized)) {
      await eventOf(request(65_000));
      await recorder.expectRefused(request(65_800), 431);
      await recorder.expectRefused(request(600_000), 431);
    }
  });

  it('of a host, of a token and of a request id are those of any header', async () => {
    await eventOf((nonce) => `GET /${nonce} HTTP/1.1\r\n${close}Host: ${'h'.repeat(60_000)}\r\n\r\n`);
    for (const name of ['X-Auth-Token', 'X-Request-Id', 'Traceparent', 'Prefer', 'SCW-Functions-Token']) {
      await eventOf((nonce) => get(`/${nonce}`, `${name}: ${'a'.repeat(60_000)}\r\n`));
    }
  });
});

describe('section 3: bodies', () => {
  it.each([
    '{"__proto__":{"a":1},"constructor":{"prototype":{"a":1}},"hasOwnProperty":1}',
    '{"a":1,"a":2}',
    '\u2028\u2029\ufeff\u0000\u0001\u001f\u007f"\\\r\n</script>',
    '"},"context":{},"handlerName":"x","handlerPath":"/x"}',
    '[['.repeat(20_000),
    '1e400',
  ])('of text reach the function as they are: %j', async (body) => {
    const { event } = await eventOf((nonce) => {
      const bytes = Buffer.from(body).toString('latin1');
      return `POST /${nonce} HTTP/1.1\r\nHost: h\r\n${close}Content-Type: application/json\r\nContent-Length: ${bytes.length}\r\n\r\n${bytes}`;
    });
    expect([event.body, event['isBase64Encoded'], 'x' in event]).toEqual([body, false, false]);
  });

  it.each([
    '\xff',
    '\xc3',
    '\xc3\x28',
    '\xed\xa0\x80',
    '\xf4\x90\x80\x80',
    '\xc0\x80',
    'a\x80b',
    '\xfe\xff\x00a',
    '\xe2\x82',
  ])('that are no UTF-8 reach it as base64: %j', async (body) => {
    const { event } = await eventOf(
      (nonce) => `POST /${nonce} HTTP/1.1\r\nHost: h\r\n${close}Content-Length: ${body.length}\r\n\r\n${body}`,
    );
    expect(event['isBase64Encoded']).toBe(true);
    expect(Buffer.from(event.body, 'base64').toString('latin1')).toBe(body);
  });
});

it('section 3: nothing was invoked behind any of them', async () => {
  const paths = (await recorder.recorded()).map(({ path }) => path);
  expect(paths.filter((path) => path.endsWith('/next'))).toEqual([]);
  expect({}).not.toHaveProperty('a');
});
