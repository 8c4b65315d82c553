import { describe, expect, it, onTestFinished } from 'vitest';
import { closedGate, GATE_HANDLER } from '../support/gate.js';
import { openRaw, statusOf } from '../support/raw-http.js';
import { type Host, startHost } from '../support/start-host.js';

/** A host that runs until its gate opens. */
async function start(): Promise<Host> {
  const host = await startHost({ env: { SCW_HANDLER_PATH: GATE_HANDLER } });
  onTestFinished(async () => void (await host.stop('SIGKILL')));
  return host;
}

const post = (body: string) => `POST / HTTP/1.1\r\nHost: h\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

describe('section 5: connections while the host drains', () => {
  it('section 5: an idle one is closed at once, while the answer of a busy one is waited for', async () => {
    const host = await start();
    const gate = closedGate();
    const [busy, idle] = [await openRaw(host.port), await openRaw(host.port)];
    idle.write(post('quick'));
    await idle.answers(1);
    busy.write(post(gate.body));
    await host.outputs(`begins ${gate.body}`);

    const ended = host.stop();
    const received = (await idle.closed()).length;
    idle.write(post('late'));
    expect(busy.received()).toBe('');

    gate.open();
    const answer = await busy.closed();
    expect(statusOf(answer)).toBe(200);
    expect(answer).toMatch(/^connection: close\r$/im);
    expect(answer).toContain(`after ${gate.body}`);
    expect(await ended).toEqual({ code: 0, signal: null });
    expect(idle.received()).toHaveLength(received);
    expect(host.output()).not.toContain('begins late');
  });

  it('section 5: what comes on a busy connection after the drain began is never invoked', async () => {
    const host = await start();
    const gate = closedGate();
    const [busy, idle] = [await openRaw(host.port), await openRaw(host.port)];
    busy.write(post(gate.body));
    await host.outputs(`begins ${gate.body}`);

    const ended = host.stop();
    await idle.closed();
    busy.write(post('late'));
    gate.open();
    const answers = (await busy.closed()).split(/(?=HTTP\/1\.1 \d)/);
    expect(await ended).toEqual({ code: 0, signal: null });
    expect(statusOf(answers[0] ?? '')).toBe(200);
    for (const refusal of answers.slice(1)) {
      expect(statusOf(refusal)).toBe(503);
      expect(refusal).toMatch(/^retry-after: [1-9]/im);
      expect(refusal).toMatch(/^connection: close\r$/im);
    }
    expect(host.output()).not.toContain('begins late');
  });
});
