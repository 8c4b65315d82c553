import { describe, expect, it } from 'vitest';
import { startNatsHost } from '../support/nats-host.js';

async function refusal(env: Record<string, string | undefined>): Promise<string> {
  const host = await startNatsHost({ url: 'nats://127.0.0.1:4222' }, { env, started: 'spawned' });
  expect(await host.exited).toEqual({ code: 78, signal: null });
  return host.output();
}

describe('section 1: a NATS configuration that cannot be used ends the start with exit code 78', () => {
  it('and lists every variable at once, never a secret', async () => {
    const output = await refusal({
      SCW_APPLICATION_NAME: undefined,
      TRIGGER_NATS_URL: 'nats://shop:s3cret@127.0.0.1:port',
      TRIGGER_NATS_SUBJECT: 'orders.*',
      TRIGGER_NATS_STREAM: 'MY.ORDERS',
      TRIGGER_NATS_REPLICAS: '6',
      TRIGGER_NATS_CREDS_FILE: '/does/not/exist.creds',
      TRIGGER_NATS_TLS_CA_FILE: '/',
      TRIGGER_NATS_RESULT_SUBJECT: 'orders.done',
    });
    expect(output).toContain('SCW_APPLICATION_NAME: expected a name once TRIGGER_NATS_URL is set');
    expect(output).toContain('TRIGGER_NATS_URL: expected nats://host:port or tls://host:port');
    expect(output).toContain('TRIGGER_NATS_STREAM: expected the name of a stream');
    expect(output).toContain('TRIGGER_NATS_REPLICAS: expected a whole number from 1 to 5');
    expect(output).toContain('TRIGGER_NATS_CREDS_FILE: expected a file of NATS credentials');
    expect(output).toContain('/does/not/exist.creds does not exist');
    expect(output).toContain('TRIGGER_NATS_TLS_CA_FILE: expected a file of certificates in PEM, but / is a folder');
    expect(output).toContain('TRIGGER_NATS_RESULT_SUBJECT: expected a subject that the trigger does not listen to');
    expect(output).not.toContain('s3cret');
  });

  it('and refuses subjects that overlap', async () => {
    expect(await refusal({ TRIGGER_NATS_SUBJECT: 'orders.>,orders.new' })).toContain(
      'TRIGGER_NATS_SUBJECT: expected subjects that do not overlap',
    );
  });

  it('and names the nearest variable to one that is unknown', async () => {
    expect(await refusal({ TRIGGER_NATS_SUBJECTS: 'orders' })).toContain(
      'TRIGGER_NATS_SUBJECTS: unknown variable; did you mean TRIGGER_NATS_SUBJECT?',
    );
  });

  it('and refuses a subject without a server', async () => {
    expect(await refusal({ TRIGGER_NATS_URL: undefined })).toContain(
      'TRIGGER_NATS_SUBJECT: expected TRIGGER_NATS_URL beside it',
    );
  });
});
