import { expect, it } from 'vitest';
import { toolPath } from '../../scripts/tools.mjs';
import { openExample } from '../support/example.js';
import { startExampleServer } from '../support/example-server.js';
import { until } from '../support/start-host.js';
import type { Terminal } from '../support/terminal.js';

/** The instants whose reports were made, in the order of the terminals. */
function instantsIn(terminals: readonly Terminal[]): string[] {
  return terminals.flatMap((terminal) =>
    [...terminal.output().matchAll(/report for the tick of (\S+), attempt 1/g)].map(([, instant = '']) => instant),
  );
}

it.runIf(toolPath('nats-server'))('examples/nightly-report/README.md holds, and a replica may be killed', async () => {
  const { server, messagesOf } = await startExampleServer();
  const example = await openExample('nightly-report', server);
  const [stream = '', replicas = '', last = '', fire = '', ...more] = example.blocks('sh');
  expect(more).toEqual([]);
  expect(await example.run(stream)).toContain('"name":"REPORTS"');

  const terminals = await Promise.all(replicas.split('\n').map((command) => example.start(command)));
  expect(terminals).toHaveLength(3);
  const [first] = terminals as [Terminal];
  await Promise.all(terminals.map((terminal) => terminal.prints('shared, each tick is run by one replica')));
  await until('three reports', () => instantsIn(terminals).length >= 3);
  await first.end('SIGKILL');
  const made = instantsIn(terminals).length;
  await until('the others to go on', () => instantsIn(terminals).length >= made + 2);

  const { message } = JSON.parse(await example.run(last)) as { message: { data: string } };
  const report = JSON.parse(Buffer.from(message.data, 'base64').toString()) as object;
  expect(report).toEqual({ day: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) as string, orders: 3, sum: 49.75 });

  await Promise.all(terminals.map((terminal) => terminal.end('SIGTERM')));
  const instants = instantsIn(terminals);
  expect(new Set(instants).size).toBe(instants.length);
  expect(await messagesOf('REPORTS')).toBe(instants.length);

  // As it is without the schedule of the test: nothing is run but what is asked for.
  const alone = await example.start(`. ./settings.sh && ADMIN_PORT=${/:(\d+)\//.exec(fire)?.[1]} tributary`);
  await alone.prints('0 3 * * * Europe/Paris: shared');
  const fired = JSON.parse(await example.run(fire)) as object;
  expect(fired).toMatchObject({ outcome: 'succeeded', status: 200 });
  expect(await messagesOf('REPORTS')).toBe(instants.length);
});
