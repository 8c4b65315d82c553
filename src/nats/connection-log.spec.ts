import type { Logger } from '@nestjs/common';
import { errors } from '@nats-io/transport-node';
import { beforeEach, describe, expect, it } from 'vitest';
import { ConnectionLog } from './connection-log.js';

let lines: string[];
let log: ConnectionLog;

beforeEach(() => {
  lines = [];
  const write = (line: string) => lines.push(line);
  log = new ConnectionLog({ log: write, warn: write, error: write } as unknown as Logger, ['a:4222', 'b:4222']);
});

function publishDenied(subject: string): Error {
  return new errors.PermissionViolationError(`Permissions Violation for Publish to "${subject}"`, 'publish', subject);
}

describe('connection log', () => {
  it('section 8: says each kind of failure once, not a line for each attempt', () => {
    for (let i = 0; i < 3; i++) log.attemptFailed(new errors.ConnectionError('connection refused'));
    for (let i = 0; i < 3; i++) log.attemptFailed(new errors.AuthorizationError('Authorization Violation'));
    expect(lines).toHaveLength(2);
    expect(lines[0]).toBe('NATS at a:4222, b:4222: connection refused; trying again until it is there');
    expect(lines[1]).toContain('refuses the credentials');
  });

  it('says it again after the state has changed', () => {
    log.attemptFailed(new errors.ConnectionError('connection refused'));
    log.connected('a:4222', '2.9.10');
    log.disconnected('a:4222');
    log.attemptFailed(new errors.ConnectionError('connection refused'));
    expect(lines).toHaveLength(4);
    expect(lines[1]).toBe('Connected to NATS at a:4222 (nats-server 2.9.10)');
  });

  it('takes replies to different inboxes that are not permitted for one kind', () => {
    log.serverError(publishDenied('_INBOX.1'));
    log.serverError(publishDenied('_INBOX.2'));
    expect(lines).toHaveLength(1);
  });

  it('says what to look at where a certificate is not trusted', () => {
    log.attemptFailed(Object.assign(new Error('self-signed certificate'), { code: 'SELF_SIGNED_CERT_IN_CHAIN' }));
    expect(lines[0]).toContain('TRIGGER_NATS_TLS_CA_FILE');
  });

  it('has a line for an error without a text', () => {
    log.attemptFailed(undefined);
    log.attemptFailed(new Error(''));
    expect(lines[1]).toContain('the server closed the connection');
  });
});
