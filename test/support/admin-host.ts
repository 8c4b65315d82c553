import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { LETTERS, STREAM, storedMessages } from './durable-host.js';
import { LEDGER_HANDLER } from './ledger.js';
import { APPLICATION, connectTo } from './nats-host.js';
import { startNatsServer } from './nats-server.js';
import { type Host, startHost, until } from './start-host.js';

/** What the content of the one dead letter is, which nobody may see who has no business with it. */
export const LETTER_CONTENT = 'content-of-the-letter';

/** Hosts whose function has one dead letter, for the tests of a file. */
export interface AdminHosts {
  /** Starts a host; it ends with `stop()`. */
  host(env?: Record<string, string>): Promise<Host>;
  /** How often the function has been run since, by whichever host. */
  runs(): number;
  /** Letters that are there. */
  letters(): Promise<number>;
  /** Resolves when so many more messages have been given up. */
  giveUp(count: number): Promise<void>;
  stop(): Promise<void>;
}

/** Call `stop()` at the end of the tests. */
export async function startAdminHosts(): Promise<AdminHosts> {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-admin-'));
  const server = await startNatsServer({ jetstream: true });
  const client = await connectTo(server);
  const manager = await jetstreamManager(client, { checkAPI: false });
  await manager.streams.add({ name: STREAM, subjects: ['orders.>'] });
  const ledger = join(folder, 'runs.jsonl');
  const hosts: Host[] = [];
  const host = async (env: Record<string, string> = {}) => {
    const started = await startHost({
      env: {
        SCW_APPLICATION_NAME: APPLICATION,
        SCW_HANDLER_PATH: LEDGER_HANDLER,
        LEDGER_FILE: ledger,
        TRIGGER_NATS_URL: server.url,
        TRIGGER_NATS_STREAM: STREAM,
        TRIGGER_NATS_SUBJECT: 'orders.>',
        ...env,
      },
    });
    hosts.push(started);
    return started;
  };
  const letters = async () => (await storedMessages(manager, LETTERS)).length;
  const giveUp = async (count: number) => {
    const wanted = (await letters()) + count;
    const message = JSON.stringify({ do: 'status', status: 404, LETTER_CONTENT });
    await Promise.all(Array.from({ length: count }, () => jetstream(client).publish('orders.new', message)));
    await until('the dead letters', async () => (await letters()) === wanted);
  };
  await host({ ADMIN_ENABLED: 'false' });
  await giveUp(1);
  const begun = () => readFileSync(ledger, 'utf8').split('"begins"').length - 1;
  const before = begun();
  return {
    host,
    runs: () => begun() - before,
    letters,
    giveUp,
    stop: async () => {
      await Promise.all(hosts.map((started) => started.stop()));
      await client.close();
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
