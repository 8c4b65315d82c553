import assert from 'node:assert/strict';
import type { ConformanceCase } from '../conformance-case.js';
import { bodyText, httpEvent, succeeded, threw } from '../expectations.js';

const NO_HANDLER = '/there/is/no/such-handler';

/** What goes wrong in the function. */
export const errorCases: readonly ConformanceCase[] = [
  {
    title: 'section 4: an error of the function is status 500 with its message as text',
    async run(subRuntime) {
      assert.match(threw(await subRuntime.invoke('fail', httpEvent('no Größe in stock'))), /no Größe in stock/);
    },
  },
  {
    title: 'section 4: an error of one invocation is no matter of the next one',
    async run(subRuntime) {
      threw(await subRuntime.invoke('fail', httpEvent('once')));
      succeeded(await subRuntime.invoke('echo', httpEvent('')));
      assert.ok(subRuntime.isAlive, 'it ended');
    },
  },
  {
    title: 'section 1: each invocation calls the function that it names',
    needs: 'handler-names',
    async run(subRuntime) {
      const runs = Array.from({ length: 20 }, async (_value, index) => {
        const text = `text ${index}`;
        if (index % 2 === 0) return assert.match(threw(await subRuntime.invoke('fail', httpEvent(text))), RegExp(text));
        const response = succeeded(await subRuntime.invoke('respond', httpEvent(JSON.stringify([text]))));
        assert.deepEqual(JSON.parse(bodyText(response)), [text]);
      });
      await Promise.all(runs);
    },
  },
  {
    title: 'section 4: a function that does not exist is status 500, and the message names it',
    needs: 'handler-names',
    async run(subRuntime) {
      assert.match(threw(await subRuntime.invoke('missing_function', {})), /missing_function/);
      threw(await subRuntime.invoke('constructor', {}));
    },
  },
  {
    title: 'section 4: a handler that cannot be loaded is status 500, and the message names it',
    needs: 'import-errors',
    async run(subRuntime) {
      const message = threw(await subRuntime.invoke('echo', {}, { handlerPath: NO_HANDLER }));
      assert.ok(message.includes(NO_HANDLER), message);
      succeeded(await subRuntime.invoke('echo', {}));
    },
  },
];
