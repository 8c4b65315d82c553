import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type NatsServer, startNatsServer } from '../support/nats-server.js';
import { type Host, startHost } from '../support/start-host.js';

describe('one function, three triggers', () => {
  let server: NatsServer;
  let host: Host;
  beforeAll(async () => {
    server = await startNatsServer({ jetstream: true });
    host = await startHost({
      env: {
        SCW_APPLICATION_NAME: 'greeter',
        TRIGGER_CRON_SCHEDULE: '* * * * * *',
        TRIGGER_NATS_URL: server.url,
        TRIGGER_NATS_SUBJECT: 'greet.*',
      },
    });
  });
  afterAll(async () => {
    await host?.stop();
    await server?.stop();
  });

  it('answers an HTTP request', async () => {
    const answer = (await (await fetch(`${host.url}/hello`)).json()) as { event: { requestContext: object } };
    expect(answer.event.requestContext).toMatchObject({ eventType: 'http' });
  });

  it('runs on a schedule', async () => {
    const line = await host.log(({ type }) => type === 'cron');
    expect(line).toMatchObject({ trigger: 'cron', outcome: 'succeeded' });
  });

  it('replies to a NATS message', async () => {
    const client = await connect({ servers: server.url });
    const reply = await client.request('greet.ada', 'hello');
    expect(JSON.parse(reply.string())).toMatchObject({
      event: { body: 'hello', nats: { subject: 'greet.ada' }, requestContext: { eventType: 'nats' } },
    });
    await client.close();
  });
});
