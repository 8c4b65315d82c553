import assert from 'node:assert/strict';
import type { ConformanceCase } from '../conformance-case.js';
import { assertSame, bodyText, httpEvent, PAYLOAD_MAX_SIZE, succeeded } from '../expectations.js';
import { FUNCTION, type InvocationOptions, type SubRuntimeUnderTest } from '../sub-runtime-under-test.js';

interface Echo {
  readonly event: unknown;
  readonly context: Record<string, unknown>;
}

async function echo(subRuntime: SubRuntimeUnderTest, event: unknown, options?: InvocationOptions): Promise<Echo> {
  return JSON.parse(bodyText(succeeded(await subRuntime.invoke('echo', event, options)))) as Echo;
}

/** Quotes, controls, a line separator, both halves of a surrogate pair, right-to-left, a combining mark. */
const AWKWARD_TEXT = '"\\\u0000\u001f\u2028 😀 שלום e\u0301 \uffff ÿ </script> %00';

/** What the function gets. */
export const eventCases: readonly ConformanceCase[] = [
  {
    title: 'section 3: the event reaches the function as it was sent',
    async run(subRuntime) {
      const event = httpEvent('{"n": 1.50, "list": [1, 2]}');
      assert.deepEqual((await echo(subRuntime, event)).event, event);
    },
  },
  {
    title: 'section 3: an event of a format of its own may be any JSON: text, a number, a list, nothing',
    async run(subRuntime) {
      for (const event of ['raw text', '', 42.5, true, ['a', { b: null }], null, {}]) {
        assert.deepEqual((await echo(subRuntime, event)).event, event);
      }
    },
  },
  {
    title: 'section 3: text of any script comes through unchanged, in names and in values',
    async run(subRuntime) {
      const event = { ...httpEvent(AWKWARD_TEXT), headers: { [AWKWARD_TEXT]: AWKWARD_TEXT } };
      assert.deepEqual((await echo(subRuntime, event)).event, event);
    },
  },
  {
    title: 'section 3: the context says which function this is, and which invocation, its deadline and its attempt',
    async run(subRuntime) {
      const deadline = Date.now() + 12_345;
      const { context } = await echo(subRuntime, {}, { requestId: 'ORDERS-17', deadline, attempt: 3 });
      const expected = {
        memoryLimitInMb: FUNCTION.memory,
        functionName: FUNCTION.name,
        functionVersion: FUNCTION.version,
        requestId: 'ORDERS-17',
        deadline,
        attempt: 3,
      };
      for (const [name, value] of Object.entries(expected)) assert.equal(context[name], value, `context.${name}`);
    },
  },
  {
    title: 'section 3: a text of the largest size comes through whole',
    async run(subRuntime) {
      const unit = 'Größe 😀 ';
      const body = unit.repeat(Math.floor(PAYLOAD_MAX_SIZE / Buffer.byteLength(unit)));
      const { event } = await echo(subRuntime, httpEvent(body));
      assertSame((event as { body: string }).body, body, 'the body');
    },
  },
];
