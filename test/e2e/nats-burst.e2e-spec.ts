import { readFileSync } from 'node:fs';
import { createInbox, type NatsConnection } from '@nats-io/transport-node';
import { describe, expect, it, onTestFinished } from 'vitest';
import { closedGate, GATE_HANDLER } from '../support/gate.js';
import { collect, connectTo, headersOf, linesWith, startNatsHost, untilListening } from '../support/nats-host.js';
import { startNatsServer } from '../support/nats-server.js';
import { type Host, until } from '../support/start-host.js';

const MESSAGES = 50_000;
const BATCH = 500;
/** Bytes of a message: all together stay below what the server holds for a slow client, 64 MB. */
const MESSAGE_SIZE = 1_024;
const MAX_IN_FLIGHT = 10;
const MAX_QUEUE = 1_000;
const TAKEN = MAX_IN_FLIGHT + MAX_QUEUE;
/** Held in memory at once, the messages would need several times this. */
const MAX_GROWTH_MB = 120;
/** Generous, since a test machine may be busy; an HTTP request that waits for the burst to end would wait for ever. */
const HTTP_PATIENCE_MS = 20_000;

function residentMegabytes({ pid }: Host): number {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1_024;
}

/** Requests over HTTP, one after the other, until told to stop; resolves with the statuses. */
async function keepAsking(host: Host, isOver: () => boolean): Promise<number[]> {
  const statuses: number[] = [];
  while (!isOver()) {
    const signal = AbortSignal.timeout(HTTP_PATIENCE_MS);
    const response = await fetch(host.url, { method: 'POST', body: 'http', signal });
    await response.arrayBuffer();
    statuses.push(response.status);
  }
  return statuses;
}

interface Stats {
  readonly num_requests: number;
  readonly num_errors: number;
}

async function statsOf(client: NatsConnection): Promise<Stats> {
  const [message] = await collect(client, '$SRV.STATS.shop-nats', 100);
  const endpoint = message?.json<{ endpoints: Stats[] }>().endpoints[0];
  return endpoint ?? { num_requests: -1, num_errors: -1 };
}

describe('section 8: a burst of 50,000 messages at a slow function', () => {
  it('is bounded in memory, leaves HTTP its turn, and counts and says what is refused', async () => {
    const server = await startNatsServer();
    onTestFinished(() => server.stop());
    const client = await connectTo(server);
    onTestFinished(() => client.close());
    const host = await startNatsHost(server, {
      env: {
        SCW_HANDLER_PATH: GATE_HANDLER,
        LOG_LEVEL: 'warn',
        TRIGGER_NATS_MAX_IN_FLIGHT: String(MAX_IN_FLIGHT),
        INVOCATION_MAX_QUEUE: String(MAX_QUEUE),
      },
    });
    onTestFinished(async () => void (await host.stop()));
    await untilListening(client);
    const gate = closedGate();
    const body = `${gate.body}\n`.padEnd(MESSAGE_SIZE, 'x');
    const replies: string[] = [];
    const reply = createInbox();
    client.subscribe(reply, { callback: (_error, message) => void replies.push(headersOf(message)['Status'] ?? '') });

    let over = false;
    let peak = 0;
    const before = residentMegabytes(host);
    const sampler = setInterval(() => (peak = Math.max(peak, residentMegabytes(host))), 20);
    const http = keepAsking(host, () => over);
    for (let sent = 0; sent < MESSAGES; sent += BATCH) {
      // Every second message asks for a reply.
      for (let i = 0; i < BATCH; i++) client.publish('orders.new', body, i % 2 ? { reply } : {});
      await client.flush();
    }
    await until('all to be refused but those that run or wait', async () => {
      return (await statsOf(client)).num_requests === MESSAGES - TAKEN;
    });
    over = true;
    clearInterval(sampler);
    const statuses = await http;
    const refusedReplies = replies.length;
    gate.open();
    await until('the others to run', async () => (await statsOf(client)).num_requests === MESSAGES);
    expect((await statsOf(client)).num_errors).toBe(MESSAGES - TAKEN);
    await host.stop();

    expect(statuses.length).toBeGreaterThan(0);
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(peak - before).toBeLessThan(MAX_GROWTH_MB);
    expect(replies).toHaveLength(MESSAGES / 2);
    expect(new Set(replies.slice(0, refusedReplies))).toEqual(new Set(['429']));
    expect(new Set(replies.slice(refusedReplies))).toEqual(new Set(['200']));
    const warnings = linesWith(host, 'The queue is full').map((line) => Number(/(\d+) messages? w/.exec(line)?.[1]));
    expect(warnings.reduce((sum, count) => sum + count, 0)).toBe(MESSAGES - TAKEN);
    expect(warnings.length).toBeLessThan(50);
    console.info(
      `${MESSAGES} messages: ${statuses.length} HTTP requests answered meanwhile, ` +
        `memory ${before.toFixed(0)} MB before, ${peak.toFixed(0)} MB at most`,
    );
  });
});
