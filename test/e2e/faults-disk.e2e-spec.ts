import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { jetstreamManager } from '@nats-io/jetstream';
import { newLedger } from '../support/ledger.js';
import { CAN_MOUNT } from '../support/machine.js';
import { connectTo } from '../support/nats-host.js';
import { startNatsServer } from '../support/nats-server.js';
import { post, QUEUE, startQueueHost } from '../support/queued-host.js';
import { until } from '../support/start-host.js';
import { folderWith } from '../support/sub-runtime.js';

/** A file system of a few megabytes, of its own; gives its folder. */
function smallDisk(): string {
  const folder = folderWith({});
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'none', folder]);
  onTestFinished(() => void execFileSync('umount', ['--lazy', folder]));
  return folder;
}

it.skipIf(!CAN_MOUNT)(
  'the disk of the server is full: 503 and a line of the log, nothing lost that was answered with 202, and 202 when there is room (needs root)',
  async () => {
    const disk = smallDisk();
    const server = await startNatsServer({ args: ['-js', '-sd', join(disk, 'store')] });
    onTestFinished(() => server.stop());
    const ledger = newLedger();
    const host = await startQueueHost(server, ledger.env);
    expect((await post(host, { n: 1 })).status).toBe(202);
    await until('the first to run', () => ledger.handled().length === 1);

    const filler = join(disk, 'filler');
    try {
      writeFileSync(filler, Buffer.alloc(8_388_608));
    } catch {
      // It is full.
    }
    const accepted = [1];
    const send = async (n: number) => {
      const { status } = await post(host, { n, filler: 'x'.repeat(100_000) });
      if (status === 202) accepted.push(n);
      return status;
    };
    let next = 2;
    await until('a refusal', async () => (await send(next++)) === 503);
    await host.outputs('Requests that could not be queued');
    expect((await fetch(host.url, { method: 'POST', body: '{}' })).status).toBe(200);

    rmSync(filler);
    await until('room', async () => (await send(next++)) === 202, 5_000).catch(() => server.restart());
    await until('room', async () => (await send(next++)) === 202);
    await until('all that was accepted to run', () => accepted.every((n) => ledger.handled().includes(n)));
    const client = await connectTo(server);
    onTestFinished(() => client.close());
    const manager = await jetstreamManager(client, { checkAPI: false });
    await until('the queue to be empty', async () => (await manager.streams.info(QUEUE)).state.messages === 0);
  },
);
