import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../config/load-config.js';
import { messageOf } from '../../errors.js';
import { InvocationConfig } from '../../invocation/invocation.config.js';
import { NatsConnectionConfig, natsConnectionRules } from '../../nats/nats-connection.config.js';
import { NatsTriggerConfig, natsTriggerKind, natsTriggerRules } from './nats.config.js';

const schema = {
  sections: [InvocationConfig, NatsConnectionConfig],
  triggerKinds: [natsTriggerKind],
  rules: [...natsConnectionRules, ...natsTriggerRules],
};
const server = { SCW_APPLICATION_NAME: 'shop', TRIGGER_NATS_URL: 'nats://a' };

function load(environment: Record<string, string>, file?: object[]): readonly NatsTriggerConfig[] {
  const text = file && JSON.stringify({ triggers: file });
  return loadConfig({ ...server, ...environment }, text, schema).triggersOf(NatsTriggerConfig);
}

/** What the configuration is refused for, empty if it is not. */
function refusal(environment: Record<string, string>, file?: object[]): string {
  try {
    load(environment, file);
    return '';
  } catch (error) {
    return messageOf(error);
  }
}

describe('section 1: the NATS trigger', () => {
  it('is made by TRIGGER_NATS_SUBJECT, with the defaults of the table', () => {
    expect(load({})).toEqual([]);
    expect(load({ TRIGGER_NATS_SUBJECT: 'orders.*, quotes.>' })).toEqual([
      {
        name: 'nats',
        subject: ['orders.*', 'quotes.>'],
        queue: undefined,
        maxInFlight: undefined,
        format: 'scaleway',
        handler: undefined,
        resultSubject: undefined,
        stream: undefined,
        durable: undefined,
        deliverPolicy: 'all',
        updateConsumer: false,
        maxDeliver: 5,
        ackWaitMs: 30_000,
        backoffMs: [1_000, 5_000, 30_000],
        maxAckPending: 10_000,
        deadLetterSubject: undefined,
      },
    ]);
  });

  it('reads every variable of the table', () => {
    const [trigger] = load({
      TRIGGER_NATS_SUBJECT: 'orders',
      TRIGGER_NATS_QUEUE: '',
      TRIGGER_NATS_MAX_IN_FLIGHT: '3',
      TRIGGER_NATS_FORMAT: 'raw',
      TRIGGER_NATS_HANDLER: 'other',
      TRIGGER_NATS_RESULT_SUBJECT: 'results',
      TRIGGER_NATS_DURABLE: 'mine',
      TRIGGER_NATS_DELIVER_POLICY: 'new',
      TRIGGER_NATS_UPDATE_CONSUMER: 'true',
      TRIGGER_NATS_MAX_DELIVER: '8',
      TRIGGER_NATS_ACK_WAIT_MS: '100',
      TRIGGER_NATS_BACKOFF_MS: '1, 2',
      TRIGGER_NATS_MAX_ACK_PENDING: '1',
      TRIGGER_NATS_DEAD_LETTER_SUBJECT: 'dead.orders',
    });
    expect(trigger).toEqual({
      name: 'nats',
      subject: ['orders'],
      queue: '',
      maxInFlight: 3,
      format: 'raw',
      handler: 'other',
      resultSubject: 'results',
      stream: undefined,
      durable: 'mine',
      deliverPolicy: 'new',
      updateConsumer: true,
      maxDeliver: 8,
      ackWaitMs: 100,
      backoffMs: [1, 2],
      maxAckPending: 1,
      deadLetterSubject: 'dead.orders',
    });
  });

  it.each([
    ['TRIGGER_NATS_SUBJECT', 'orders..new'],
    ['TRIGGER_NATS_SUBJECT', 'orders.>.new'],
    ['TRIGGER_NATS_SUBJECT', 'a,'],
    ['TRIGGER_NATS_QUEUE', 'two words'],
    ['TRIGGER_NATS_FORMAT', 'xml'],
    ['TRIGGER_NATS_RESULT_SUBJECT', 'results.*'],
    ['TRIGGER_NATS_MAX_IN_FLIGHT', '0'],
    ['TRIGGER_NATS_STREAM', 'MY.STREAM'],
    ['TRIGGER_NATS_DURABLE', 'my.durable'],
    ['TRIGGER_NATS_DELIVER_POLICY', 'last'],
    ['TRIGGER_NATS_MAX_DELIVER', '-1'],
    ['TRIGGER_NATS_ACK_WAIT_MS', '1.5'],
    ['TRIGGER_NATS_BACKOFF_MS', '1,x'],
    ['TRIGGER_NATS_MAX_ACK_PENDING', '0'],
    ['TRIGGER_NATS_DEAD_LETTER_SUBJECT', 'dead.>'],
  ])('refuses %s=%s by name', (variable, value) => {
    const text = refusal({ TRIGGER_NATS_SUBJECT: 'orders', [variable]: value });
    expect(text).toContain(`${variable}: expected`);
    expect(text).toContain(value);
  });

  it('refuses subjects that overlap', () => {
    expect(refusal({ TRIGGER_NATS_SUBJECT: 'orders.*,quotes,orders.new' })).toMatch(
      /TRIGGER_NATS_SUBJECT: expected subjects that do not overlap.*orders\.\*,quotes,orders\.new/,
    );
  });

  it('refuses a subject without TRIGGER_NATS_URL', () => {
    expect(refusal({ TRIGGER_NATS_URL: '', TRIGGER_NATS_SUBJECT: 'orders' })).toContain(
      'TRIGGER_NATS_SUBJECT: expected TRIGGER_NATS_URL beside it',
    );
  });

  it('takes a stream with or without subjects that filter it', () => {
    expect(load({ TRIGGER_NATS_STREAM: 'ORDERS' })).toMatchObject([{ stream: 'ORDERS', subject: undefined }]);
    expect(load({ TRIGGER_NATS_STREAM: 'ORDERS', TRIGGER_NATS_SUBJECT: 'orders.>' })).toMatchObject([
      { stream: 'ORDERS', subject: ['orders.>'] },
    ]);
  });

  it('refuses dead letters that the trigger itself would get', () => {
    const durable = { TRIGGER_NATS_STREAM: 'ORDERS', TRIGGER_NATS_SUBJECT: 'orders.>' };
    expect(refusal({ ...durable, TRIGGER_NATS_DEAD_LETTER_SUBJECT: 'orders.dead' })).toContain(
      'TRIGGER_NATS_DEAD_LETTER_SUBJECT: expected a subject that the trigger does not listen to itself, got "orders.dead.>"',
    );
    expect(refusal({ ...durable, TRIGGER_NATS_DEAD_LETTER_SUBJECT: 'dead.orders' })).toBe('');
    const ofLetters = { TRIGGER_NATS_STREAM: 'TRIBUTARY_DEAD_LETTERS', TRIGGER_NATS_SUBJECT: 'tributary.dead.>' };
    expect(refusal(ofLetters)).toContain('"tributary.dead.shop.nats.>"');
    expect(refusal({ ...ofLetters, TRIGGER_NATS_SUBJECT: 'tributary.dead.shop.orders.>' })).toBe('');
  });

  it('warns of a back-off beyond the ack wait', () => {
    const warnings = (environment: Record<string, string>) =>
      loadConfig({ ...server, TRIGGER_NATS_STREAM: 'ORDERS', ...environment }, undefined, schema).warnings;
    expect(warnings({ TRIGGER_NATS_BACKOFF_MS: '1000,40000' })).toEqual([
      expect.stringMatching(/TRIGGER_NATS_BACKOFF_MS 40000 is beyond TRIGGER_NATS_ACK_WAIT_MS 30000/),
    ]);
    expect(warnings({})).toEqual([]);
  });

  it('refuses a result subject that the trigger itself listens to', () => {
    expect(refusal({ TRIGGER_NATS_SUBJECT: 'orders.>', TRIGGER_NATS_RESULT_SUBJECT: 'orders.done' })).toContain(
      'TRIGGER_NATS_RESULT_SUBJECT: expected a subject that the trigger does not listen to itself',
    );
  });
});

describe('section 2: NATS triggers of the file', () => {
  it('have the variables in camelCase as keys, subjects as a list or separated by commas', () => {
    const triggers = load({ TRIGGER_NATS_SUBJECT: 'orders' }, [
      { name: 'quotes', type: 'nats', subject: 'quotes.*,prices', queue: 'pricing', maxInFlight: 2 },
      { name: 'audit', type: 'nats', subject: ['orders', 'quotes.>'], queue: '' },
    ]);
    expect(triggers.map(({ name, subject, queue }) => ({ name, subject, queue }))).toEqual([
      { name: 'nats', subject: ['orders'], queue: undefined },
      { name: 'quotes', subject: ['quotes.*', 'prices'], queue: 'pricing' },
      { name: 'audit', subject: ['orders', 'quotes.>'], queue: '' },
    ]);
  });

  it.each([
    [{ subject: [] }, '.subject: expected subjects'],
    [{}, '(quotes).subject: expected subjects, but it is not set'],
    [{ subject: 'a', queue: 'b c' }, '.queue: expected a name without white space'],
    [{ subject: 'a', resultSubject: 'a' }, '(quotes).resultSubject: expected a subject that'],
  ])('are refused by their keys: %j', (settings, expected) => {
    expect(refusal({}, [{ name: 'quotes', type: 'nats', ...settings }])).toContain(expected);
  });

  it('may not share a durable consumer', () => {
    const two = (more: object) => [
      { name: 'one', type: 'nats', stream: 'ORDERS', durable: 'mine' },
      { name: 'two', type: 'nats', stream: 'ORDERS', durable: 'mine', ...more },
    ];
    expect(refusal({}, two({}))).toMatch(
      /\(two\)\.durable: expected another consumer than that of trigger one, "mine"/,
    );
    expect(refusal({}, two({ stream: 'QUOTES' }))).toBe('');
    expect(refusal({}, two({ durable: 'other' }))).toBe('');
  });

  it('may not share a queue group where their subjects overlap: a message would reach one of them only', () => {
    const two = (queue?: string) => [
      { name: 'one', type: 'nats', subject: 'orders.*' },
      { name: 'two', type: 'nats', subject: 'orders.new', ...(queue !== undefined && { queue }) },
    ];
    expect(refusal({}, two())).toMatch(/\(two\)\.queue: expected another queue group than that of trigger one, "shop"/);
    expect(refusal({}, two('shop'))).toContain('(two).queue');
    expect(refusal({}, two('audit'))).toBe('');
    expect(refusal({}, two(''))).toBe('');
  });
});
