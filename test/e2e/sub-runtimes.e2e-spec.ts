import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { bodyText, httpEvent, succeeded } from '../../src/conformance/expectations.js';
import { buildGoProgram, go } from '../fixtures/handlers/go-program.js';
import { ROOT } from '../support/start-host.js';
import { PYTHON, RUNS_TYPESCRIPT, startHandler } from '../support/sub-runtime.js';

const EXAMPLES = 'examples';

/** The same event from each kind of trigger, as section 3 has them. */
const events = {
  http: httpEvent('Ada'),
  cron: {
    ...httpEvent('Ada'),
    requestContext: { eventType: 'cron', triggerName: 'nightly', requestId: 'tick-1' },
    cron: { schedule: '0 3 * * *', timeZone: 'UTC', scheduledAt: '2026-01-01T03:00:00.000Z', attempt: 1 },
  },
  nats: {
    ...httpEvent('Ada'),
    requestContext: { eventType: 'nats', triggerName: 'orders', requestId: 'ORDERS-1' },
    nats: { subject: 'orders.new', reply: '', queue: 'pricing', stream: 'ORDERS', sequence: 1, deliveryCount: 1 },
  },
};

async function assertSaysHello(handlerPath: string, environment: Record<string, string> = {}) {
  const subRuntime = await startHandler(handlerPath, environment);
  for (const [kind, event] of Object.entries(events)) {
    const response = succeeded(await subRuntime.invoke('handle', event));
    expect(bodyText(response)).toBe('Hello Ada, from conformance\n');
    await subRuntime.untilPrinted(`reached by ${kind}`);
  }
}

describe('the handlers of the examples say hello to an event of every trigger', () => {
  it('section 3: in JavaScript', () => assertSaysHello(join(ROOT, EXAMPLES, 'node/handler.js')));

  it.runIf(RUNS_TYPESCRIPT)('section 3: in TypeScript', () =>
    assertSaysHello(join(ROOT, EXAMPLES, 'typescript/handler.ts')),
  );

  it('section 3: in Python', () =>
    assertSaysHello(join(ROOT, EXAMPLES, 'python/handler.py'), { SCW_RUNTIME_BINARY: PYTHON }));

  it('section 3: in Go', async () => {
    const program = buildGoProgram(`${EXAMPLES}/go`);
    onTestFinished(() => program.remove());
    await assertSaysHello(program.path, { SCW_HANDLER_IS_BINARY: 'true' });
  });
});

describe('examples/bring-your-own-language', () => {
  it('section 7: runs as its README says, by SCW_RUNTIME_BINARY and SCW_RUNTIME_BRIDGE, on TCP', async () => {
    const folder = join(ROOT, 'examples/bring-your-own-language');
    const subRuntime = await startHandler(join(folder, 'hello.py'), {
      SCW_RUNTIME_BINARY: PYTHON,
      SCW_RUNTIME_BRIDGE: join(folder, 'sub_runtime.py'),
    });
    expect(subRuntime.upstream).toHaveProperty('port');
    expect(bodyText(succeeded(await subRuntime.invoke('handle', {})))).toBe('Hello from a sub-runtime of your own\n');
  });
});

describe('runtimes/go', () => {
  it('passes its own tests', () => {
    expect(go('runtimes/go', 'test', './...')).toMatch(/^ok\s/);
  });

  it('has nothing that go vet objects to', () => {
    expect(go('runtimes/go', 'vet', './...')).toBe('');
  });
});
