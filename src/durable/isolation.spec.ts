import { describe, expect, it } from 'vitest';
import { subRuntimeState } from '../invocation/sub-runtime/sub-runtime.channel.js';
import { Isolation } from './isolation.js';

function gate() {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
}

describe('Isolation', () => {
  it('runs one after the other, in the order of their coming', async () => {
    const isolation = new Isolation();
    const gates = [gate(), gate(), gate()];
    const began: number[] = [];
    for (const [index, { opened }] of gates.entries()) {
      isolation.enter(() => {
        began.push(index);
        return opened;
      });
    }
    for (const [index, { open }] of gates.entries()) {
      expect(began).toEqual([0, 1, 2].slice(0, index + 1));
      expect(isolation.isActive).toBe(true);
      open();
      await new Promise(setImmediate);
    }
    await isolation.idle();
    expect(isolation.isActive).toBe(false);
  });

  it('tells when others have to wait and when they may go on, once each', async () => {
    const isolation = new Isolation();
    const said: string[] = [];
    isolation.observe({
      onBegin: () => said.push('begin'),
      onEnd: () => said.push('end'),
      clear: () => Promise.resolve(),
    });
    const first = gate();
    isolation.enter(() => first.opened);
    isolation.enter(() => Promise.resolve());
    const idle = isolation.idle();
    first.open();
    await idle;
    await new Promise(setImmediate);
    expect(said).toEqual(['begin', 'end']);
    isolation.enter(() => Promise.resolve());
    await isolation.idle();
    await new Promise(setImmediate);
    expect(said).toEqual(['begin', 'end', 'begin', 'end']);
  });

  it('takes who enters while the last one runs into the same time', async () => {
    const isolation = new Isolation();
    let began = false;
    isolation.enter(async () => {
      isolation.enter(() => {
        began = true;
        return Promise.resolve();
      });
    });
    await isolation.idle();
    expect(began).toBe(true);
  });

  it('has those run alone that timed out before the sub-runtime was killed for its silence, and those alone', () => {
    const isolation = new Isolation();
    let looks = 0;
    isolation.observe({ onBegin: () => looks++, onEnd: () => undefined, clear: () => Promise.resolve() });
    isolation.onModuleInit();
    isolation.suspect('ORDERS-1');
    subRuntimeState.publish({ worker: 0, state: 'starting', pid: 1, cause: 'exited' });
    expect(isolation.isPoisonous('ORDERS-1')).toBe(false);
    subRuntimeState.publish({ worker: 0, state: 'starting', pid: 1, cause: 'hung' });
    expect([isolation.isPoisonous('ORDERS-1'), isolation.isPoisonous('ORDERS-2'), looks]).toEqual([true, false, 1]);
    isolation.onModuleDestroy();
    isolation.suspect('ORDERS-2');
    subRuntimeState.publish({ worker: 0, state: 'starting', pid: 1, cause: 'hung' });
    expect(isolation.isPoisonous('ORDERS-2')).toBe(false);
  });

  it('does not call off who runs alone when the sub-runtime is killed for its silence', async () => {
    const isolation = new Isolation();
    const running = gate();
    isolation.enter(() => running.opened);
    let looks = 0;
    isolation.observe({ onBegin: () => looks++, onEnd: () => undefined, clear: () => Promise.resolve() });
    isolation.onModuleInit();
    subRuntimeState.publish({ worker: 0, state: 'starting', pid: 1, cause: 'hung' });
    isolation.onModuleDestroy();
    expect(looks).toBe(0);
    running.open();
    await isolation.idle();
  });

  it('remembers who made the sub-runtime die', () => {
    const isolation = new Isolation();
    isolation.remember('ORDERS-1');
    expect([isolation.isPoisonous('ORDERS-1'), isolation.isPoisonous('ORDERS-2')]).toEqual([true, false]);
  });
});
