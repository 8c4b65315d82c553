import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { ROOT, startHost } from '../support/start-host.js';
import { folderWith } from '../support/sub-runtime.js';

/** A handler as OpenFaaS' template for Node takes it, in all the ways in which it may answer. */
const HANDLER = `
module.exports = async (event, context, callback) => {
  switch (event.path) {
    case '/returns': return { got: event.body, query: event.query, method: event.method };
    case '/succeeds': return context.status(201).headers({ 'X-Kind': 'made' }).succeed('made');
    case '/fails': return context.fail('no such order');
    case '/status': return context.status(404).fail('not here');
    case '/calls': return void callback(undefined, 'called ' + context.status());
    default: throw new Error('thrown');
  }
};`;

it('docs/coming-from.md: a handler of OpenFaaS answers as it does there', async () => {
  const wrapper = /```js\n([^]*?)```/.exec(readFileSync(join(ROOT, 'docs/coming-from.md'), 'utf8'))?.[1] ?? '';
  const folder = folderWith({ 'handler.cjs': wrapper, 'openfaas-handler.js': HANDLER });
  const host = await startHost({ env: { SCW_HANDLER_PATH: join(folder, 'handler.cjs') } });
  onTestFinished(async () => void (await host.stop()));
  const ask = async (path: string, body?: string) => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${host.url}/${path}`, body === undefined ? {} : { method: 'POST', body, headers });
    return [response.status, await response.text(), response.headers.get('x-kind')];
  };
  expect(await ask('returns?a=b', '{"n":1}')).toEqual([200, '{"got":{"n":1},"query":{"a":"b"},"method":"POST"}', null]);
  expect(await ask('succeeds')).toEqual([201, 'made', 'made']);
  expect(await ask('fails')).toEqual([500, 'no such order', null]);
  expect(await ask('status')).toEqual([404, 'not here', null]);
  expect(await ask('calls')).toEqual([200, 'called 200', null]);
  expect((await ask('throws'))[0]).toBe(500);
});
