import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../config/load-config.js';
import { messageOf } from '../../errors.js';
import { NatsConnectionConfig } from '../../nats/nats-connection.config.js';
import { HttpTriggerConfig, httpRule, httpTriggerKind } from './http.config.js';

const schema = { sections: [NatsConnectionConfig], triggerKinds: [httpTriggerKind], rules: [httpRule] };
const server = { SCW_APPLICATION_NAME: 'shop', TRIGGER_NATS_URL: 'nats://a' };
const queued = { TRIGGER_HTTP_ASYNC: 'true' };

/** What the configuration is refused for, empty if it is not. */
function refusal(environment: Record<string, string>): string {
  try {
    loadConfig(environment, undefined, schema);
    return '';
  } catch (error) {
    return messageOf(error);
  }
}

describe('section 1: the HTTP trigger', () => {
  it('queues nothing by default', () => {
    const [http] = loadConfig({}, undefined, schema).triggersOf(HttpTriggerConfig);
    expect(http).toMatchObject({ async: false, resultSubject: undefined });
  });

  it('queues, and publishes outcomes, where there is NATS', () => {
    const environment = { ...server, ...queued, TRIGGER_HTTP_RESULT_SUBJECT: 'results.http' };
    const config = loadConfig(environment, undefined, schema);
    const [http] = config.triggersOf(HttpTriggerConfig);
    expect(http).toMatchObject({ async: true, resultSubject: 'results.http' });
    expect(config.warnings).toEqual([]);
  });

  it('refuses to queue without NATS, by name', () => {
    expect(refusal(queued)).toContain('TRIGGER_HTTP_ASYNC: expected TRIGGER_NATS_URL beside it');
    expect(refusal({ TRIGGER_HTTP_RESULT_SUBJECT: 'results' })).toContain(
      'TRIGGER_HTTP_RESULT_SUBJECT: expected TRIGGER_NATS_URL beside it',
    );
  });

  it.each(['results.*', 'results.>', 'a b', '.a', 'a.'])('refuses %s as a result subject', (subject) => {
    expect(refusal({ ...server, ...queued, TRIGGER_HTTP_RESULT_SUBJECT: subject })).toContain(
      'TRIGGER_HTTP_RESULT_SUBJECT: expected a subject without wildcards',
    );
  });

  it('refuses the queue itself as a result subject: each result would be an invocation, for ever', () => {
    const environment = { ...server, ...queued, TRIGGER_HTTP_RESULT_SUBJECT: 'tributary.invocation.shop.http' };
    expect(refusal(environment)).toContain('TRIGGER_HTTP_RESULT_SUBJECT: expected a subject outside the queue itself');
  });

  it('warns of a result subject that gets nothing', () => {
    const environment = { ...server, TRIGGER_HTTP_RESULT_SUBJECT: 'results' };
    expect(loadConfig(environment, undefined, schema).warnings).toEqual([
      'TRIGGER_HTTP_RESULT_SUBJECT means nothing where TRIGGER_HTTP_ASYNC is not true.',
    ]);
  });
});
