import { connect } from '@nats-io/transport-node';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ask, JSON_TYPE, post, TEXT, THREW } from '../fixtures/scaleway/ask.js';
import {
  describeHandler,
  describeLargeBodies,
  describeNodeHandler,
  hostForAll,
} from '../fixtures/scaleway/handler-suite.js';
import {
  BINARY_HANDLER,
  EXPRESS,
  FLASK,
  flaskIsMissing,
  NODE_HANDLER,
  originalEnvironment,
  PYTHON_HANDLER,
  SHIPPED_NODE,
  SHIPPED_PYTHON,
} from '../fixtures/scaleway/variants.js';
import { startNatsServer } from '../support/nats-server.js';
import { freePort, type Host, startHost } from '../support/start-host.js';
import { APPLICATION_ID, namespaceClaims, NAMESPACE_ID, pkcs1Pem, rs256Token, rsaKeys } from '../support/tokens.js';

/** A host that ends with the test. */
async function hostOf(environment: Record<string, string | undefined>): Promise<Host> {
  const host = await startHost({ env: environment });
  onTestFinished(async () => void (await host.stop()));
  return host;
}

const onExpress = originalEnvironment(NODE_HANDLER, EXPRESS);
const onOurs = originalEnvironment(NODE_HANDLER, SHIPPED_NODE);
const onFlask = originalEnvironment(PYTHON_HANDLER, FLASK);
const onOurPython = originalEnvironment(PYTHON_HANDLER, SHIPPED_PYTHON);

describe('a handler for Node, on a sub-runtime with Express and body-parser', () => {
  const host = hostForAll(onExpress);
  describeHandler(host, onExpress);
  describeNodeHandler(host);

  it("section 11: answers 502 over body-parser's limit of 100 kB, and nothing of Express's page", async () => {
    expect((await ask(host(), '/length', post('x'.repeat(90_000)))).text).toBe('90000');
    const { status, text } = await ask(host(), '/length', post('x'.repeat(110_000)));
    expect([status, text]).toEqual([
      502,
      'The function gave no valid response: the sub-runtime answered with status 413.',
    ]);
  });
});

describe('the same handler, on the sub-runtime that ships', () => {
  const host = hostForAll(onOurs);
  describeHandler(host, onOurs);
  describeNodeHandler(host);
  describeLargeBodies(host);
});

if (flaskIsMissing) console.warn(flaskIsMissing);
describe.skipIf(flaskIsMissing)("a handler for Python, on a sub-runtime in the style of Flask's, below a shell", () => {
  const host = hostForAll(onFlask);
  describeHandler(host, onFlask);

  it('section 7: leaves nothing of it at the end', async () => {
    const port = await freePort();
    const ending = await hostOf({ ...onFlask, SCW_UPSTREAM_PORT: String(port) });
    expect(await ending.stop()).toEqual({ code: 0, signal: null });
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  });
});

describe('the same handler in Python, on the sub-runtime that ships', () => {
  const host = hostForAll(onOurPython);
  describeHandler(host, onOurPython);
  describeLargeBodies(host);
});

describe.each([
  // Express makes JSON of an Error, which has nothing to show.
  { name: 'Express', environment: onExpress, refusal: '{}' },
  { name: 'the sub-runtime that ships', environment: onOurs, refusal: 'refused' },
])('a handler with a callback, on $name', ({ environment, refusal }) => {
  const host = hostForAll({ ...environment, SCW_HANDLER_NAME: 'respond' });

  it('section 4: answers by it, with a result or an error', async () => {
    expect(await ask(host(), '/')).toMatchObject({ status: 201, text: 'called back for shop' });
    expect(await ask(host(), '/error')).toMatchObject({ status: 500, text: THREW + refusal });
  });

  it('section 11: may end its sub-runtime, which is started again; the original ended with it', async () => {
    expect((await ask(host(), '/twice')).text).toBe('first');
    if (environment === onExpress) await host().outputs('It starts again in');
    expect((await ask(host(), '/')).status).toBe(201);
  });
});

describe('a sub-runtime with Express, as it is', () => {
  it('section 4: answers 500 and why, where it does not find the handler', async () => {
    const host = await hostOf({ ...onExpress, SCW_HANDLER_PATH: `${NODE_HANDLER}-absent` });
    const { status, text } = await ask(host, '/');
    expect([status, text]).toEqual([500, `${THREW}The handler cannot be found: check the HANDLER parameter`]);
  });

  it('section 7: keeps its connection, and ends it when idle before Express does after 5 s', async () => {
    const host = await hostOf({ ...onExpress, SCW_UPSTREAM_HOST: 'http://localhost' });
    for (let i = 0; i < 5; i++) expect((await ask(host, '/text')).text).toBe('just text');
    await host.outputs(/(request on connection (\d+)[^]*){5}/);
    const used = [...host.output().matchAll(/request on connection (\d+)/g)].map(([, number]) => number);
    expect(new Set(used).size).toBe(1);
    await host.outputs(`connection ${used[0]} ended by its client`);
    expect((await ask(host, '/text')).status).toBe(200);
  });

  it('section 6: takes the tokens of the original; section 11: does not hand them on', async () => {
    const keys = rsaKeys();
    const ids = { SCW_APPLICATION_ID: APPLICATION_ID, SCW_NAMESPACE_ID: NAMESPACE_ID };
    const host = await hostOf({ ...onExpress, ...ids, SCW_PUBLIC: undefined, SCW_PUBLIC_KEY: pkcs1Pem(keys) });
    expect(await ask(host, '/echo')).toMatchObject({ status: 401, text: 'Unauthorized' });
    for (const name of ['SCW-Functions-Token', 'SCW_FUNCTIONS_TOKEN']) {
      for (const token of [rs256Token(keys), rs256Token(keys, namespaceClaims())]) {
        const { status, text } = await ask(host, '/echo', { headers: { [name]: token } });
        expect([status, text.includes(token)]).toEqual([200, false]);
      }
      const invalid = await ask(host, '/echo', { headers: { [name]: rs256Token(rsaKeys()) } });
      expect(invalid).toMatchObject({ status: 401, text: 'authorization token not valid' });
    }
  });

  it('section 3: gives a handler that knows only HTTP ticks and NATS messages, in event.body', async () => {
    const server = await startNatsServer({ jetstream: true });
    onTestFinished(() => server.stop());
    const host = await hostOf({
      ...onExpress,
      SCW_HANDLER_NAME: 'later',
      TRIGGER_CRON_SCHEDULE: '* * * * * *',
      TRIGGER_CRON_ARGS: '"tick"',
      TRIGGER_NATS_URL: server.url,
      TRIGGER_NATS_SUBJECT: 'orders',
    });
    const client = await connect({ servers: server.url });
    onTestFinished(() => client.close());
    expect((await client.request('orders', 'nine')).string()).toBe('later: nine');
    await host.outputs('later: "tick"'.replaceAll('"', '\\"'));
    expect(await host.log(({ type }) => type === 'cron')).toMatchObject({ outcome: 'succeeded' });
    expect(await ask(host, '/error')).toMatchObject({ status: 500, text: `${THREW}rejected` });
  });
});

describe('a program that serves by itself, as the original had it for Go', () => {
  const host = hostForAll({ SCW_HANDLER_PATH: BINARY_HANDLER, SCW_HANDLER_IS_BINARY: 'true' });

  it('section 1: is run as it is; its answers and errors are those of any sub-runtime', async () => {
    expect(await ask(host(), '/')).toMatchObject({ status: 200, text: `{"message":"we're all good"}` });
    expect(await ask(host(), '/error')).toMatchObject({ status: 500, type: TEXT, text: `${THREW}out of stock` });
  });

  it('section 7: never meets a connection that it ended when idle, after 3 s and unannounced', async () => {
    const { connection } = JSON.parse((await ask(host(), '/wire')).text) as { connection: number };
    await host().outputs(`connection ${connection} ended by its client`);
    expect((await ask(host(), '/')).status).toBe(200);
  });

  it('sections 1 and 3: gets POST / with JSON, the path of a handler verbatim, whether it exists or not', async () => {
    const path = '/home/app/function/handler';
    const runtime = { SCW_RUNTIME_BINARY: BINARY_HANDLER, SCW_HANDLER_PATH: path, SCW_HANDLER_NAME: 'handle' };
    const { text } = await ask(await hostOf(runtime), '/wire');
    const wire = JSON.parse(text) as { text: string };
    const length = String(Buffer.byteLength(wire.text));
    const headers = { 'content-type': JSON_TYPE, 'content-length': length };
    expect(wire).toMatchObject({ method: 'POST', url: '/', headers });
    const request = JSON.parse(wire.text) as object;
    expect(Object.keys(request)).toEqual(['event', 'context', 'handlerName', 'handlerPath']);
    expect(request).toMatchObject({ handlerName: 'handle', handlerPath: path });
  });
});
