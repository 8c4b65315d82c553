import { expect, it } from 'vitest';
import { toolPath } from '../../scripts/tools.mjs';
import { openExample } from '../support/example.js';
import { startExampleServer } from '../support/example-server.js';
import { until } from '../support/start-host.js';

it.runIf(toolPath('nats-server'))(
  'examples/order-pipeline/README.md holds, from the dead letter to its replay',
  async () => {
    const { server, messagesOf } = await startExampleServer();
    const example = await openExample('order-pipeline', server);
    const [stream = '', start = '', send = '', look = '', replay = '', ...more] = example.blocks('sh');
    expect(more).toEqual([]);
    expect(await example.run(stream)).toContain('"name":"ORDERS"');

    const host = await example.start(start);
    expect(await example.run(send)).toMatch(/^\{"stream":"ORDERS", *"seq":1\}\s*\{"stream":"ORDERS", *"seq":\d\}\s*$/);
    const [good = '', listed = '', mended = ''] = example.blocks('text');
    for (const line of good.split('\n')) await host.prints(line);
    await until('the letter', async () => (await messagesOf('TRIBUTARY_DEAD_LETTERS')) === 1);

    const seen = await example.run(look);
    // Times and numbers of messages are others.
    const shape = (line = '') => line.replace(/\S*\d\S*/g, '0').replace(/ +/g, ' ');
    expect(seen.split('\n').slice(0, 2).map(shape)).toEqual(listed.split('\n').map(shape));
    expect(seen).toContain('{"id":2,"product":"tea","quantity":5}');
    expect(host.output()).not.toContain('order 2');

    expect(await example.run(replay)).toMatch(/^1 {2}check {2}ORDERS-\d+ {2}succeeded, removed$/m);
    for (const line of mended.split('\n')) await host.prints(line);
    await until('the letter to be gone', async () => (await messagesOf('TRIBUTARY_DEAD_LETTERS')) === 0);
    await until('both steps to be over', async () => (await messagesOf('ORDERS')) === 8);
  },
);
