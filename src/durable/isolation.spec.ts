import { describe, expect, it } from 'vitest';
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

  it('remembers who made the sub-runtime die', () => {
    const isolation = new Isolation();
    isolation.remember('ORDERS-1');
    expect([isolation.isPoisonous('ORDERS-1'), isolation.isPoisonous('ORDERS-2')]).toEqual([true, false]);
  });
});
