import assert from 'node:assert/strict';
import type { ConformanceCase } from '../conformance-case.js';
import {
  assertSame,
  bodyBytes,
  bodyText,
  headerValues,
  httpEvent,
  PAYLOAD_MAX_SIZE,
  succeeded,
} from '../expectations.js';
import type { SubRuntimeUnderTest } from '../sub-runtime-under-test.js';

/** Has the function return a value. */
async function respond(subRuntime: SubRuntimeUnderTest, value: unknown) {
  return succeeded(await subRuntime.invoke('respond', httpEvent(JSON.stringify(value))));
}

async function assertPlain(subRuntime: SubRuntimeUnderTest, value: unknown, body: string, type: RegExp) {
  const response = await respond(subRuntime, value);
  assert.equal(response.statusCode, 200);
  assert.equal(bodyText(response), body);
  assert.match(headerValues(response, 'Content-Type')[0] ?? '', type);
}

async function assertBytesReturn(subRuntime: SubRuntimeUnderTest, handlerName: string, bytes: Buffer) {
  const event = httpEvent(bytes.toString('base64'), true);
  const response = succeeded(await subRuntime.invoke(handlerName, event));
  assert.equal(response.statusCode, 200);
  assertSame(bodyBytes(response), bytes, 'the body');
}

const EVERY_BYTE = Buffer.from(Array.from({ length: 256 }, (_value, index) => index));
const LARGEST = Buffer.alloc(PAYLOAD_MAX_SIZE, Buffer.concat([EVERY_BYTE, Buffer.from('\r\n\r\n0\r\n\r\n')]));

/** What the function returns. */
export const resultCases: readonly ConformanceCase[] = [
  {
    title: 'section 4: a response has the status, the headers and the body that the function gave',
    async run(subRuntime) {
      const headers = { 'Content-Type': 'text/html', 'X-Made-By': 'a function' };
      const response = await respond(subRuntime, { statusCode: 201, headers, body: '<p>Größe</p>' });
      assert.equal(response.statusCode, 201);
      assert.deepEqual(headerValues(response, 'content-type'), ['text/html']);
      assert.deepEqual(headerValues(response, 'x-made-by'), ['a function']);
      assert.equal(bodyText(response), '<p>Größe</p>');
    },
  },
  {
    title: 'section 4: a header may have several values',
    async run(subRuntime) {
      const headers = { 'Set-Cookie': ['a=1', 'b=2'] };
      const response = await respond(subRuntime, { statusCode: 200, headers, body: '' });
      assert.deepEqual(headerValues(response, 'Set-Cookie'), ['a=1', 'b=2']);
    },
  },
  {
    title: 'section 4: a body of a response may be JSON',
    async run(subRuntime) {
      const response = await respond(subRuntime, { statusCode: 200, body: { list: [1, 'two', null] } });
      assert.deepEqual(JSON.parse(bodyText(response)), { list: [1, 'two', null] });
    },
  },
  {
    title: 'section 4: an object without a statusCode, and a list, are the body themselves',
    async run(subRuntime) {
      for (const value of [{ name: 'Ada', statusCode: null }, { body: 'text' }, [1, 'two', { three: 3 }], []]) {
        const response = await respond(subRuntime, value);
        assert.equal(response.statusCode, 200);
        assert.deepEqual(JSON.parse(bodyText(response)), value);
      }
    },
  },
  {
    title: 'section 4: text is sent as it is, and announced as text, even where it looks like JSON',
    needs: 'plain-results',
    async run(subRuntime) {
      for (const text of ['Größe 😀', '42', 'null', ' two\nlines ']) {
        await assertPlain(subRuntime, text, text, /^text\/plain/);
      }
    },
  },
  {
    title: 'section 4: numbers and booleans are sent as JSON',
    needs: 'plain-results',
    async run(subRuntime) {
      await assertPlain(subRuntime, 42, '42', /^application\/json/);
      await assertPlain(subRuntime, true, 'true', /^application\/json/);
    },
  },
  {
    title: 'section 4: nothing, and an empty text, are an empty body',
    needs: 'plain-results',
    async run(subRuntime) {
      for (const value of [null, '']) assert.equal(bodyText(await respond(subRuntime, value)), '');
    },
  },
  {
    title: 'section 4: bytes go in and out as base64 in a response',
    async run(subRuntime) {
      await assertBytesReturn(subRuntime, 'binary', EVERY_BYTE);
      await assertBytesReturn(subRuntime, 'binary', Buffer.alloc(0));
    },
  },
  {
    title: 'section 4: bytes of the largest size go in and out',
    async run(subRuntime) {
      await assertBytesReturn(subRuntime, 'binary', LARGEST);
    },
  },
  {
    title: 'section 4: bytes may be the whole result',
    needs: 'bytes-results',
    async run(subRuntime) {
      await assertBytesReturn(subRuntime, 'bytes', EVERY_BYTE);
      await assertBytesReturn(subRuntime, 'bytes', LARGEST);
    },
  },
];
