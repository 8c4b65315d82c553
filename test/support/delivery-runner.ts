import type { Logger } from '@nestjs/common';
import type { Msg } from '@nats-io/transport-node';
import { vi } from 'vitest';
import type { DeadLetter } from '../../src/dead-letters/dead-letter.js';
import { Delivery } from '../../src/durable/delivery.js';
import { type DeliveryRecord, NO_RECORD } from '../../src/durable/delivery-record.js';
import { DeliveryRunner } from '../../src/durable/delivery-runner.js';
import type { DurableHost } from '../../src/durable/durable-host.js';
import type { DurableSource } from '../../src/durable/durable-source.js';
import { Isolation } from '../../src/durable/isolation.js';
import { settle } from '../../src/durable/settlement.js';
import type { InvocationOutcome } from '../../src/invocation/invocation-outcome.js';
import type { InvocationLane } from '../../src/invocation/invocation.service.js';
import type { TriggerEvent } from '../../src/invocation/trigger-event.js';

export const succeeded: InvocationOutcome = { kind: 'succeeded', response: { statusCode: 200, headers: [], body: '' } };
export const rejected: InvocationOutcome = { kind: 'rejected', response: { statusCode: 400, headers: [], body: '' } };
export const crashed = (alone: boolean): InvocationOutcome => ({ kind: 'crashed', message: 'died', alone });

export function delivery(sequence: number, deliveryCount = 1, publishedAt = 1_000): Delivery {
  const facts = { stream: 'S', consumer: 'c', sequence, deliveryCount, publishedAt, pending: 0 };
  const message = { reply: `ack.${sequence}.${deliveryCount}.${publishedAt}`, data: Buffer.from('x'), subject: 's' };
  return new Delivery(message as unknown as Msg, facts);
}

/** A runner whose invocations end when the test says so. */
export function newRunner(more: Partial<DurableSource> = {}) {
  const said: string[] = [];
  const errors: string[] = [];
  const letters: DeadLetter[] = [];
  const running: { id: string; end: (outcome: InvocationOutcome) => void }[] = [];
  const readable = { fails: false };
  const writable = { fails: false, refuses: false, untilTaken: new Map<string, Promise<void>>() };
  const records = new Map<string, DeliveryRecord>();
  const state = { canBegin: true, writable: true };
  const host = {
    nats: {
      flush: () => Promise.resolve(),
      publishSoon: (subject: string, body: string) => said.push(`${subject} ${body}`),
    },
    invocations: {
      get canBegin() {
        return state.canBegin;
      },
      invoke: (_lane: InvocationLane, event: TriggerEvent) =>
        new Promise<InvocationOutcome>((end) => running.push({ id: event.requestId, end })),
      withdraw: (_lane: InvocationLane, event: TriggerEvent) => {
        if (!state.canBegin) running.findLast(({ id }) => id === event.requestId)?.end({ kind: 'expired' });
      },
    },
    isolation: new Isolation(),
    records: {
      read: ({ id }: Delivery) =>
        readable.fails ? Promise.reject(new Error('away')) : Promise.resolve(records.get(id) ?? NO_RECORD),
      write: ({ id }: Delivery, record: DeliveryRecord) => records.set(id, record),
      begin: (begun: Delivery) => {
        const name = writable.refuses ? 'JetStreamApiError' : 'Error';
        if (writable.fails) return Promise.reject(Object.assign(new Error('away'), { name }));
        return (writable.untilTaken.get(begun.id) ?? Promise.resolve()).then(() => {
          begun.begun = begun.facts.deliveryCount;
        });
      },
    },
    progress: { add: () => undefined, remove: () => undefined },
    application: { applicationName: 'shop' },
    letters: {
      write: (_prefix: string, letter: DeadLetter) => {
        if (!state.writable) return Promise.reject(new Error('maximum messages exceeded'));
        letters.push(letter);
        return Promise.resolve();
      },
    },
  };
  const source = {
    consumer: { ackWaitMs: 30_000 },
    lane: { triggerName: 'nats', triggerType: 'nats' },
    deadLetterSubject: 'dead',
    handlerName: 'handle',
    format: 'scaleway',
    judge: ({ id, facts }: Delivery) => ({
      kind: 'run',
      event: { requestId: id, payload: {}, attempt: facts.deliveryCount },
    }),
    settle: (outcome: InvocationOutcome, { charged }: Delivery) =>
      settle(outcome, { attempt: charged, maxAttempts: 2, backoffMs: [10], now: 0 }),
    ...more,
  } as unknown as DurableSource;
  const logger = {
    debug: () => undefined,
    error: ({ message }: { message: string }) => errors.push(message),
    warn: ({ message }: { message: string }) => errors.push(message),
  } as unknown as Logger;
  const runner = new DeliveryRunner(source, host as unknown as DurableHost, logger);
  runner.open({} as InvocationLane);
  host.isolation.observe({
    onBegin: () => runner.withdrawWaiting(),
    onEnd: () => undefined,
    clear: () => runner.clear(),
  });
  const begun = () => running.map(({ id }) => id);
  const end = async (index: number, outcome: InvocationOutcome) => {
    running[index]!.end(outcome);
    await vi.advanceTimersByTimeAsync(0);
  };
  const take = async (taken: Delivery) => {
    runner.take(taken);
    await vi.advanceTimersByTimeAsync(0);
  };
  return {
    runner,
    running,
    said,
    errors,
    letters,
    state,
    begun,
    end,
    take,
    records,
    readable,
    writable,
    isolation: host.isolation,
  };
}
