import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RecordingHost, forEachByte, startRecorder } from '../support/recorder.js';

/**
 * Requests whose end can be seen in two places. The known ways to hide `Transfer-Encoding` are those of the public lists for
 * request smuggling (smuggler, HTTP Request Smuggler, Http11Probe); the grammar is that of RFC 9112, sections 5 to 7.
 */
let recorder: RecordingHost;
beforeAll(async () => {
  recorder = await startRecorder();
});
afterAll(() => recorder.host.stop());

/** The request that must never be served. */
const smuggled = (nonce: string) => `GET /${nonce}/smuggled HTTP/1.1\r\nHost: h\r\n\r\n`;
const last = (nonce: string) => `GET /${nonce}/last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`;
const post = (nonce: string, headers: string, body: string) =>
  `POST /${nonce}/first HTTP/1.1\r\nHost: h\r\n${headers}\r\n\r\n${body}`;
const chunked = (nonce: string, body: string) => post(nonce, 'Transfer-Encoding: chunked', body);
const isToken = (byte: string) => /[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(byte);
const isControl = (code: number) => (code < 0x20 && code !== 0x09) || code === 0x7f;

describe('section 5: Transfer-Encoding', () => {
  it.each([
    'Transfer-Encoding: chunked',
    'Transfer-Encoding:chunked',
    'Transfer-Encoding:\tchunked',
    'Transfer-Encoding:   chunked   ',
    'TRANSFER-ENCODING: CHUNKED',
    'tRANSFER-eNCODING: cHuNkEd',
    'Connection: Content-Length\r\nTransfer-Encoding: chunked',
    'Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked',
  ])('beside a length is refused: %j', async (header) => {
    const body = '0\r\n\r\n';
    await recorder.expectRefused((nonce) => post(nonce, `Content-Length: 5\r\n${header}`, body + smuggled(nonce)), 400);
    await recorder.expectRefused((nonce) => post(nonce, `${header}\r\nContent-Length: 5`, body + smuggled(nonce)), 400);
  });

  it.each([
    'Transfer-Encoding : chunked',
    'Transfer-Encoding\t: chunked',
    ' Transfer-Encoding: chunked',
    'X: y\r\n Transfer-Encoding: chunked',
    'Transfer-Encoding:\x0bchunked',
    'Transfer-Encoding: \x0bchunked',
    'Transfer-Encoding: chunked\x0b',
    'Transfer-Encoding: xchunked',
    'Transfer-Encoding: chunkedx',
    'Transfer-Encoding: chunk',
    'Transfer-Encoding: cow',
    'Transfer-Encoding: x\r\nTransfer-Encoding: chunked',
    'Transfer-Encoding: chunked\r\nTransfer-Encoding: x',
    'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked',
    'Transfer-Encoding: chunked\r\ntransfer-encoding: identity',
    'Transfer-Encoding: identity\r\nTransfer-Encoding: chunked',
    'Transfer-Encoding: chunked, chunked',
    'Transfer-Encoding: chunked,',
    'Transfer-Encoding: ,chunked',
    'Transfer-Encoding: , chunked',
    'Transfer-Encoding: identity',
    'Transfer-Encoding: identity, chunked',
    'Transfer-Encoding: chunked, identity',
    'Transfer-Encoding: gzip, chunked',
    'Transfer-Encoding: gzip',
    'Transfer-Encoding: chunked, cow',
    'Transfer-Encoding: cow, chunked',
    'Transfer-Encoding: chunked;q=1',
    'Transfer-Encoding: "chunked"',
    "Transfer-Encoding: 'chunked'",
    'Transfer-Encoding: chunked\r',
    'Transfer-Encoding:\r\n chunked',
    'Transfer-Encoding:\n chunked',
    'Transfer-Encoding:\r\n\tchunked',
    'Transfer-Encoding: chu\r\n nked',
    'X: y\rTransfer-Encoding: chunked',
    'X: y\nTransfer-Encoding: chunked',
    'X: y\r\n\rTransfer-Encoding: chunked',
    'X: y\n\rTransfer-Encoding: chunked',
    'Transfer Encoding: chunked',
    'Transfer\\Encoding: chunked',
    ':Transfer-Encoding: chunked',
    'Transfer-Encoding;: chunked',
    'Transfer-Encoding',
    'Transfer-Encoding:',
    'Transfer-Encoding: \0chunked',
    'Transfer-Encoding: chun\0ked',
    'Transfer-Encoding\0: chunked',
    'Transfer-Encoding: \xa0chunked',
    'Transfer-Encoding\xa0: chunked',
    'Transfer-Encoding: \xef\xbb\xbfchunked',
    'Transfer-Encoding: \xef\xbd\x83hunked',
  ])('in a form that someone else could read otherwise is refused, with and without a length: %j', async (header) => {
    const body = '0\r\n\r\n';
    await recorder.expectRefused((nonce) => post(nonce, header, body + smuggled(nonce)), 400);
    await recorder.expectRefused((nonce) => post(nonce, `${header}\r\nContent-Length: 5`, body + smuggled(nonce)), 400);
    await recorder.expectRefused((nonce) => post(nonce, `Content-Length: 5\r\n${header}`, body + smuggled(nonce)), 400);
  });

  it.each<[string, (byte: string) => string, (byte: string) => boolean]>([
    ['before its name', (byte) => `${byte}Transfer-Encoding: chunked`, isToken],
    [
      'within its name',
      (byte) => `Transfer${byte}Encoding: chunked`,
      (byte) => (isToken(byte) && byte !== '-') || byte === ':',
    ],
    ['behind its name', (byte) => `Transfer-Encoding${byte}: chunked`, isToken],
    ['before its value', (byte) => `Transfer-Encoding:${byte}chunked`, () => false],
    ['behind its value', (byte) => `Transfer-Encoding: chunked${byte}`, () => false],
    ['behind the line before it', (byte) => `X: y${byte}\r\nTransfer-Encoding: chunked`, () => false],
    ['between the lines', (byte) => `X: y\r${byte}Transfer-Encoding: chunked`, () => false],
  ])('with any byte %s never ends a body before its length', async (_where, header, isOtherHeader) => {
    await forEachByte(async (byte) => {
      const body = (nonce: string) => `0\r\n\r\n${smuggled(nonce)}`;
      const request = (nonce: string) =>
        post(nonce, `${header(byte)}\r\nConnection: close\r\nContent-Length: ${body(nonce).length}`, body(nonce));
      if (!isOtherHeader(byte)) return void (await recorder.expectRefused(request, 400));
      const { answers, events, nonce } = await recorder.exchange(request);
      expect(answers.map(({ status }) => status)).toEqual([200]);
      expect(events.map((event) => event.body)).toEqual([body(nonce)]);
    });
  });

  it.each(['Transfer_Encoding', 'Content-Encoding', 'TE', 'X-Transfer-Encoding'])(
    'is not %s, which frames nothing',
    async (name) => {
      const { answers, events, nonce } = await recorder.exchange(
        (own) => post(own, `${name}: chunked\r\nContent-Length: 5`, '0\r\n\r\n') + last(own),
      );
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
      expect(events.map(({ path, body }) => [path, body])).toEqual([
        [`/${nonce}/first`, '0\r\n\r\n'],
        [`/${nonce}/last`, ''],
      ]);
    },
  );

  it('is refused in HTTP/1.0, which knows none, and nothing behind it is served', async () => {
    for (const more of ['', 'Connection: keep-alive\r\n', 'Content-Length: 5\r\n']) {
      await recorder.expectRefused(
        (own) => `POST /${own} HTTP/1.0\r\n${more}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled(own)}`,
        400,
      );
    }
  });
});

describe('section 5: Content-Length', () => {
  it.each([
    ['+3'],
    ['-3'],
    ['-0'],
    ['3 3'],
    ['3,3'],
    ['3, 3'],
    ['3, 4'],
    ['0x3'],
    ['0o3'],
    ['3h'],
    ['3;'],
    ['3.0'],
    ['3e0'],
    ['1_0'],
    ['"3"'],
    ['three'],
    [''],
    ['\x0b3'],
    ['3\x0b'],
    ['3\0'],
    ['\xb2'],
    ['\xd9\xa3'],
    ['\xef\xbc\x93'],
    ['18446744073709551616'],
    ['18446744073709551619'],
    ['99999999999999999999999999999999'],
    ['3\r\nContent-Length: 3'],
    ['3\r\nContent-Length: 4'],
    ['0\r\nContent-Length: 3'],
    ['3\r\ncontent-length: 0'],
    ['\r\n 3'],
    ['1\r\n 3'],
    ['3\nX: y'],
    ['3\rX: y'],
  ])('%j is refused', async (value) => {
    await recorder.expectRefused((nonce) => post(nonce, `Content-Length: ${value}`, `abc${smuggled(nonce)}`), 400);
  });

  it.each([
    'Content-Length : 3',
    'Content-Length\t: 3',
    ' Content-Length: 3',
    'X: y\r\n Content-Length: 3',
    'Content-Length',
  ])('is refused in the form %j', async (header) => {
    await recorder.expectRefused((nonce) => post(nonce, header, `abc${smuggled(nonce)}`), 400);
  });

  it('with any byte behind the digits but spaces is refused', async () => {
    await forEachByte(async (byte) => {
      if (/[\d \t]/.test(byte)) return;
      await recorder.expectRefused((nonce) => post(nonce, `Content-Length: 3${byte}`, `abc${smuggled(nonce)}`), 400);
    });
  });

  it('beyond all that a body may have is refused at once, however large, and nothing in it is served', async () => {
    const lengths = [
      '6291457',
      '9007199254740993',
      '9223372036854775807',
      '9223372036854775808',
      '18446744073709551615',
    ];
    const refuse = (length: string) =>
      recorder.expectRefused((nonce) => post(nonce, `Content-Length: ${length}`, smuggled(nonce)), 413);
    await Promise.all(lengths.map(refuse));
  });

  it.each(['3', '03', '00000000000000000000000000000003', ' 3 '])(
    '%j is 3 bytes, and the next request begins behind them',
    async (length) => {
      const { answers, events, nonce } = await recorder.exchange(
        (own) => post(own, `Content-Length: ${length}`, 'abc') + last(own),
      );
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
      expect(events.map(({ path, body }) => [path, body])).toEqual([
        [`/${nonce}/first`, 'abc'],
        [`/${nonce}/last`, ''],
      ]);
    },
  );

  it.each(['GET', 'DELETE', 'OPTIONS', 'TRACE'])(
    'of a %s counts as well: a request within its body is not served',
    async (method) => {
      const { events, nonce } = await recorder.exchange((own) => {
        const length = smuggled(own).length;
        return `${method} /${own}/first HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: ${length}\r\n\r\n${smuggled(own)}`;
      });
      expect(events.map(({ path, body }) => [path, body])).toEqual([[`/${nonce}/first`, smuggled(nonce)]]);
    },
  );
});

describe('section 5: chunks', () => {
  it.each([
    '-3',
    '+3',
    '-0',
    '0x3',
    ' 3',
    '3 ',
    '\t3',
    '3\t',
    '3 3',
    '3,3',
    '3.',
    '3_',
    'g',
    '3g',
    '',
    '"3"',
    '3\0',
    '\x003',
    '3\r',
    '3\n',
    '3\x0b',
    '\xef\xbc\x93',
    '10000000000000003',
    'fffffffffffffffff',
    '3 ;a=b',
    '3; a=b',
    '3;a\rb',
    '3;a\nb',
    '3;\n',
    '3;a="\r\n',
    '3;a=\0',
    '3;a="\0"',
    '3;a=b\x01',
  ])('of the size %j are refused', async (size) => {
    await recorder.expectRefused((nonce) => chunked(nonce, `${size}\r\nabc\r\n0\r\n\r\n${smuggled(nonce)}`), 400);
  });

  it('with any byte behind the size but a digit or an extension are refused', async () => {
    await forEachByte(async (byte) => {
      if (/[\da-f;]/i.test(byte)) return;
      await recorder.expectRefused((nonce) => chunked(nonce, `3${byte}\r\nabc\r\n0\r\n\r\n${smuggled(nonce)}`), 400);
    });
  });

  it('with a control character in an extension are refused', async () => {
    await forEachByte(async (byte, code) => {
      if (!isControl(code)) return;
      for (const extension of [`;a${byte}b`, `;a="${byte}"`, `;a=b${byte}c`]) {
        await recorder.expectRefused(
          (nonce) => chunked(nonce, `3${extension}\r\nabc\r\n0\r\n\r\n${smuggled(nonce)}`),
          400,
        );
      }
    });
  });

  it.each([
    ['a line feed alone behind the size', '3\nabc\r\n0\r\n\r\n'],
    ['a carriage return alone behind the size', '3\rabc\r\n0\r\n\r\n'],
    ['a line feed alone behind the data', '3\r\nabc\n0\r\n\r\n'],
    ['a carriage return alone behind the data', '3\r\nabc\r0\r\n\r\n'],
    ['other bytes than an end of line behind the data', '3\r\nabcXX0\r\n\r\n'],
    ['nothing behind the data', '3\r\nabc0\r\n\r\n'],
    ['less data than announced', '4\r\nabc\r\n0\r\n\r\n'],
    ['more data than announced', '2\r\nabc\r\n0\r\n\r\n'],
    ['a line feed alone behind the last size', '3\r\nabc\r\n0\n\r\n'],
    ['line feeds alone at the end', '3\r\nabc\r\n0\n\n'],
    ['a line feed alone at the end', '3\r\nabc\r\n0\r\n\n'],
    ['a carriage return alone at the end', '3\r\nabc\r\n0\r\n\r'],
    ['a last size below zero', '3\r\nabc\r\n-0\r\n\r\n'],
  ])('with %s are refused', async (_title, body) => {
    await recorder.expectRefused((nonce) => chunked(nonce, body + smuggled(nonce)), 400);
  });

  it('whose extensions are over 16 KiB are refused, in one or in many of them', async () => {
    const long = 'x'.repeat(17_000);
    for (const extension of [`;${long}`, `;a="${long}"`, ';a=b'.repeat(10_000)]) {
      await recorder.expectRefused((own) => chunked(own, `3${extension}\r\nabc\r\n0\r\n\r\n${smuggled(own)}`), 413);
    }
  });

  it.each(['3', '03', '0000000000000000000003', '3;a', '3;a=b', '3;a="b;c"', '3;a="\\""'])(
    'of the size %j have 3 bytes, and the next request begins behind them',
    async (size) => {
      const { answers, events, nonce } = await recorder.exchange(
        (own) => chunked(own, `${size}\r\nabc\r\n00;x=y\r\n\r\n`) + last(own),
      );
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
      expect(events.map(({ path, body }) => [path, body])).toEqual([
        [`/${nonce}/first`, 'abc'],
        [`/${nonce}/last`, ''],
      ]);
    },
  );
});

describe('section 5: trailers', () => {
  it.each([
    'Content-Length: 7',
    'content-length: 0',
    'Transfer-Encoding: chunked',
    'Transfer-Encoding: gzip',
    'X: a\0b',
    'X\0: y',
    'X: y\nZ: a',
    'X: y\rZ: a',
    'X: y\r\n z',
    'X : y',
    ' X: y',
    ': y',
    'X',
  ])('such as %j are refused', async (trailer) => {
    await recorder.expectRefused((own) => chunked(own, `3\r\nabc\r\n0\r\n${trailer}\r\n\r\n${smuggled(own)}`), 400);
  });

  it('over the limit of headers are refused', async () => {
    const trailer = `X: ${'y'.repeat(70_000)}`;
    await recorder.expectRefused((own) => chunked(own, `3\r\nabc\r\n0\r\n${trailer}\r\n\r\n${smuggled(own)}`), 431);
  });

  it('change nothing of a request: they are no headers, whatever they name', async () => {
    const trailers = [
      'Host: evil',
      'X-Request-Id: evil',
      'SCW_TRIGGER_TYPE: mqtt',
      'Authorization: evil',
      '__proto__: evil',
    ];
    const { answers, events, nonce } = await recorder.exchange(
      (own) => chunked(own, `3\r\nabc\r\n0\r\n${trailers.join('\r\n')}\r\n\r\n`) + last(own),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(answers[0]?.headers.get('x-request-id')).not.toBe('evil');
    expect(events.map(({ path, body }) => [path, body])).toEqual([
      [`/${nonce}/first`, 'abc'],
      [`/${nonce}/last`, ''],
    ]);
    expect(JSON.stringify(events)).not.toContain('evil');
  });
});

describe('section 5: what comes behind a refusal on the same connection', () => {
  it.each<[string, number, (nonce: string) => string]>([
    ['no host', 400, (nonce) => `GET /${nonce} HTTP/1.1\r\n\r\n`],
    ['two hosts', 400, (nonce) => `GET /${nonce} HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n`],
    ['a target that is none', 400, (nonce) => `GET ftp://h/${nonce} HTTP/1.1\r\nHost: h\r\n\r\n`],
    ['an unknown source', 400, (nonce) => `GET /${nonce} HTTP/1.1\r\nHost: h\r\nSCW_TRIGGER_TYPE: x\r\n\r\n`],
    ['an expectation', 417, (nonce) => post(nonce, 'Expect: magic\r\nContent-Length: 3', 'abc')],
    ['CONNECT', 501, (nonce) => `CONNECT ${nonce}:1 HTTP/1.1\r\nHost: h\r\n\r\n`],
    ['a body over the limit', 413, (nonce) => post(nonce, 'Content-Length: 6291457', 'x'.repeat(6_291_457))],
    ['chunks over the limit', 413, (nonce) => chunked(nonce, `600001\r\n${'x'.repeat(0x600001)}\r\n0\r\n\r\n`)],
  ])('is never served after %s', async (_title, status, request) => {
    await recorder.expectRefused((nonce) => request(nonce) + smuggled(nonce), status);
  });

  it('is never served after a request for another protocol, of which Node loses what came in one piece with it', async () => {
    for (const protocol of ['websocket', 'h2c', 'TLS/1.0']) {
      const upgrade = `Connection: Upgrade, HTTP2-Settings\r\nUpgrade: ${protocol}\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n`;
      const { answers, events, nonce } = await recorder.exchange(
        (own) => `GET /${own}/first HTTP/1.1\r\nHost: h\r\n${upgrade}\r\n${smuggled(own)}`,
      );
      expect(answers.map(({ status, headers }) => [status, headers.get('connection')])).toEqual([[200, 'close']]);
      expect(events.map(({ path }) => path)).toEqual([`/${nonce}/first`]);
    }
  });

  it('is never served after it was told to close', async () => {
    const { answers, events, nonce } = await recorder.exchange((own) => last(own) + smuggled(own));
    expect(answers.map(({ status }) => status)).toEqual([200]);
    expect(events.map(({ path }) => path)).toEqual([`/${nonce}/last`]);
  });
});

it('section 5: nothing was invoked but what these tests have named', async () => {
  const paths = (await recorder.recorded()).map(({ path }) => path);
  expect(paths.filter((path) => !/^\/n\d+-[a-z0-9]+\/(first|last)$/.test(path))).toEqual([]);
});
