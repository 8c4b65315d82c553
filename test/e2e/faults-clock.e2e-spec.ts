import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { closedGate, GATE_HANDLER } from '../support/gate.js';
import { type Host, type HostOptions, ROOT, startHost } from '../support/start-host.js';
import { folderWith } from '../support/sub-runtime.js';

const HOUR_MS = 3_600_000;

/** A host whose clock is an hour off, on or back, after `jump()`. */
async function start(
  jumpMs: number,
  { env = {}, started }: HostOptions = {},
): Promise<Host & { jump(): Promise<void> }> {
  const host = await startHost({
    env: {
      SCW_HANDLER_PATH: GATE_HANDLER,
      NODE_OPTIONS: `--require ${join(ROOT, 'test/fixtures/clock-jump.cjs')}`,
      CLOCK_JUMP_MS: String(jumpMs),
      ...env,
    },
    ...(started && { started }),
  });
  onTestFinished(async () => void (await host.stop('SIGKILL')));
  return {
    ...host,
    jump: async () => {
      host.child.kill('SIGUSR2');
      await host.outputs('It is ');
    },
  };
}

const post = (host: Host, body: string) => fetch(host.url, { method: 'POST', body }).then(({ status }) => status);

describe.each([
  ['on', HOUR_MS],
  ['back', -HOUR_MS],
])('a clock that is set an hour %s', (_direction, jumpMs) => {
  it('ends neither what runs nor what waits, and does not delay the deadline of either', async () => {
    const host = await start(jumpMs, { env: { INVOCATION_MAX_IN_FLIGHT: '2', INVOCATION_TIMEOUT_MS: '6000' } });
    const [gate, never] = [closedGate(), closedGate()];
    const running = post(host, gate.body);
    const stuck = post(host, never.body);
    await host.outputs(`begins ${gate.body}`);
    await host.outputs(`begins ${never.body}`);
    const waiting = post(host, 'waited');
    const waitingStuck = post(host, `${never.body}\n`);
    await host.jump();
    gate.open();
    expect(await running).toBe(200);
    expect(await waiting).toBe(200);
    expect(await Promise.all([stuck, waitingStuck])).toEqual([504, 504]);
    for (const line of host.logs().filter((entry) => 'ranMs' in entry)) {
      expect(line['ranMs']).toSatisfy((ms: number) => ms >= 0 && ms < 60_000);
      expect(line['waitedMs']).toSatisfy((ms: number) => ms >= 0 && ms < 60_000);
    }
  });

  it('does not cut a shutdown short', async () => {
    const host = await start(jumpMs);
    const gate = closedGate();
    const running = post(host, gate.body);
    await host.outputs(`begins ${gate.body}`);
    const ended = host.stop();
    await host.outputs('Shutting down');
    await host.jump();
    gate.open();
    expect(await running).toBe(200);
    expect(await ended).toEqual({ code: 0, signal: null });
  });

  it('does not end a sub-runtime that is starting, nor the wait for it', async () => {
    const code = `const { existsSync } = require('node:fs');
      const timer = setInterval(() => {
        if (!existsSync(process.env.GATE)) return;
        clearInterval(timer);
        require('node:http').createServer((request, response) => request.resume().on('end', () => response.end('served')))
          .listen(process.env.SCW_UPSTREAM_PORT, '127.0.0.1');
      }, 10);`;
    const gate = closedGate();
    const bridge = join(folderWith({ 'bridge.cjs': code }), 'bridge.cjs');
    const env = { SCW_RUNTIME_BINARY: process.execPath, SCW_RUNTIME_BRIDGE: bridge, GATE: gate.body };
    const host = await start(jumpMs, { env: { ...env, SUB_RUNTIME_START_TIMEOUT_MS: '60000' }, started: 'listening' });
    const waiting = post(host, 'waits');
    await host.jump();
    gate.open();
    expect(await waiting).toBe(200);
    expect(host.output()).not.toContain('SUB_RUNTIME_START_TIMEOUT_MS');
  });
});
