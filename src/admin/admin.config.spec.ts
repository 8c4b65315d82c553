import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../config/load-config.js';
import { messageOf } from '../errors.js';
import { httpTriggerKind } from '../triggers/http/http.config.js';
import { AdminConfig, adminRule, readAdminToken } from './admin.config.js';

const schema = { sections: [AdminConfig], triggerKinds: [httpTriggerKind], rules: [adminRule] };

function load(environment: Record<string, string>): AdminConfig {
  return loadConfig(environment, undefined, schema).get(AdminConfig);
}

function problemOf(environment: Record<string, string>): string {
  try {
    load(environment);
    return '';
  } catch (error) {
    return messageOf(error);
  }
}

describe('AdminConfig', () => {
  let folder: string;
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'admin-config-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('section 1: has the defaults of the contract', () => {
    expect(load({})).toEqual({ enabled: true, host: '127.0.0.1', port: 9464 });
    expect(readAdminToken(load({}))).toBeUndefined();
  });

  it('section 1: reads the token from the environment or from a file, without the white space around it', () => {
    expect(readAdminToken(load({ ADMIN_TOKEN: 'abc' }))).toBe('abc');
    expect(readAdminToken(load({ ADMIN_TOKEN_FILE: file('token', ' abc\n') }))).toBe('abc');
  });

  it('section 1: refuses a token and a file at once', () => {
    const problem = problemOf({ ADMIN_TOKEN: 'abc', ADMIN_TOKEN_FILE: file('token', 'abc') });
    expect(problem).toContain('ADMIN_TOKEN_FILE: expected either');
  });

  it('section 1: refuses a file that is none or cannot be read, by its name', () => {
    const circle = join(folder, 'circle');
    symlinkSync(circle, circle);
    const none = join(folder, 'none');
    for (const [path, problem] of [
      [none, 'does not exist'],
      [folder, 'is a folder'],
      ['/dev/null', 'is no file'],
      [circle, 'cannot be read'],
      // Not even root can read it.
      ...(existsSync('/proc/self/mem') ? [['/proc/self/mem', 'cannot be read']] : []),
    ]) {
      expect(problemOf({ ADMIN_TOKEN_FILE: path ?? '' })).toContain(
        `ADMIN_TOKEN_FILE: expected a file that can be read, but ${path} ${problem}`,
      );
    }
  });

  it('section 10: refuses an empty file, which would leave the port without a token', () => {
    const empty = file('empty', '\n');
    expect(problemOf({ ADMIN_TOKEN_FILE: empty })).toMatch(/ADMIN_TOKEN_FILE: expected a token .* in .*empty/);
  });

  it('section 1: refuses a token that no header can carry, without showing it', () => {
    const problem = problemOf({ ADMIN_TOKEN: 'two words' });
    expect(problem).toContain('ADMIN_TOKEN: expected');
    expect(problem).not.toContain('two words');
  });

  it("section 1: refuses the HTTP trigger's port", () => {
    expect(problemOf({ PORT: '9000', ADMIN_PORT: '9000' })).toContain('ADMIN_PORT: expected another port than PORT');
    expect(problemOf({ PORT: '9000', ADMIN_PORT: '9000', TRIGGER_HTTP_ENABLED: 'false' })).toBe('');
    expect(problemOf({ PORT: '0', ADMIN_PORT: '0' })).toBe('');
  });

  it('section 1: looks at nothing of it where the port is disabled', () => {
    expect(problemOf({ ADMIN_ENABLED: 'false', ADMIN_TOKEN_FILE: join(folder, 'none') })).toBe('');
  });

  it('section 1: takes ADMIN_PORT for a link of Kubernetes where it is one', () => {
    expect(load({ ADMIN_PORT: 'tcp://10.0.0.7:80' }).port).toBe(9464);
  });
});
