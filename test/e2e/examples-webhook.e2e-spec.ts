import { expect, it } from 'vitest';
import { toolPath } from '../../scripts/tools.mjs';
import { openExample } from '../support/example.js';
import { startExampleServer } from '../support/example-server.js';
import { until } from '../support/start-host.js';

it.runIf(toolPath('nats-server'))('examples/webhook/README.md holds, and its worker may be killed', async () => {
  const { server, messagesOf } = await startExampleServer();
  const example = await openExample('webhook', server);
  const [stream = '', receiver = '', call = '', worker = '', look = '', ...more] = example.blocks('sh');
  expect(more).toEqual([]);
  expect(await example.run(stream)).toContain('"name":"JOBS"');

  const receiving = await example.start(receiver);
  await receiving.prints('HTTP trigger listens');
  expect(await example.run(call)).toMatch(/^HTTP\/1\.1 202 Accepted\r\n/);
  await receiving.prints('order A-1: received');

  const [begun = '', written = ''] = (example.blocks('text')[0] ?? '').split('\n');
  const first = await example.start(worker);
  await first.prints(begun);
  await first.end('SIGKILL');
  expect(first.output()).not.toContain(written);
  const second = await example.start(worker);
  await second.prints(begun);
  await second.prints(written);
  expect(await example.run(look)).toBe('Order A-1: 12.50 EUR\n');

  // What is no order is given up at the first step, and the worker makes nothing of it.
  expect(await example.run(call.replace('12.5', '"much"'))).toContain(' 202 ');
  await receiving.prints('became a dead letter');
  const passedOver = await until('what the worker makes of it', () =>
    second
      .output()
      .split('\n')
      .slice(0, -1)
      .find((line) => line.includes('JOBS-2')),
  );
  expect(JSON.parse(passedOver)).toMatchObject({ outcome: 'succeeded', status: 204 });
  expect(await messagesOf('TRIBUTARY_DEAD_LETTERS')).toBe(1);
  expect(second.output().split('begun')).toHaveLength(2);
});
