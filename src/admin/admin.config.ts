import { readFileSync, statSync } from 'node:fs';
import type { ConfigFindings, ConfigRule } from '../config/config-schema.js';
import type { ListenPlace } from '../config/listen-place.js';
import { Flag, Port, Text } from '../config/variable.decorator.js';
import { HttpTriggerConfig } from '../triggers/http/http.config.js';

/** The second port: health, and what an operator sees and does. */
export class AdminConfig {
  @Flag('ADMIN_ENABLED', { description: 'Whether there is an admin port' })
  enabled = true;

  @Text('ADMIN_HOST', { description: 'Address that the admin port listens on' })
  host = '127.0.0.1';

  @Port('ADMIN_PORT', { description: 'Admin port, 0 for any that is free' })
  port = 9464;

  @Text('ADMIN_TOKEN', {
    secret: true,
    description: "Bearer token of the operator's API; without one only this machine may use it",
  })
  token?: string;

  @Text('ADMIN_TOKEN_FILE', { description: 'File that holds the token; white space around it is ignored' })
  tokenFile?: string;
}

export function adminPlace({ port, host }: AdminConfig): ListenPlace {
  return { port, host, portVariable: 'ADMIN_PORT', hostVariable: 'ADMIN_HOST' };
}

/** RFC 6750, section 2.1: what stands behind `Bearer` in a header; wider, since a token from elsewhere may have more. */
const SENDABLE = /^[\x21-\x7e]+$/;

/**
 * The token of the operator's API, `undefined` where none is configured.
 * Throws where the file cannot be read; `adminRule` has tried it.
 */
export function readAdminToken({ token, tokenFile }: AdminConfig): string | undefined {
  return tokenFile === undefined ? token : readFileSync(tokenFile, 'utf8').trim();
}

/** What cannot be used is refused at the start: a token that is not read must not leave the API without one. */
export const adminRule: ConfigRule = (config, findings) => {
  const admin = config.get(AdminConfig);
  if (!admin.enabled) return;
  if (admin.token !== undefined && admin.tokenFile !== undefined) {
    findings.issue('ADMIN_TOKEN_FILE', 'expected either ADMIN_TOKEN or ADMIN_TOKEN_FILE, but both are set');
  } else {
    checkToken(admin, findings);
  }
  const http = config.triggersOf(HttpTriggerConfig).find(({ enabled }) => enabled);
  if (http && http.port === admin.port && admin.port !== 0) {
    findings.issue('ADMIN_PORT', `expected another port than PORT, but both are ${admin.port}`);
  }
};

function checkToken(admin: AdminConfig, findings: ConfigFindings): void {
  const { tokenFile } = admin;
  const name = tokenFile === undefined ? 'ADMIN_TOKEN' : 'ADMIN_TOKEN_FILE';
  const problem = tokenFile === undefined ? undefined : problemOfFile(tokenFile);
  if (problem) return findings.issue(name, `expected a file that can be read, but ${tokenFile} ${problem}`);
  const token = readAdminToken(admin);
  if (token === undefined || SENDABLE.test(token)) return;
  const place = tokenFile === undefined ? '' : ` in ${tokenFile}`;
  findings.issue(
    name,
    `expected a token of visible ASCII characters without spaces${place} (not shown: it is a secret)`,
  );
}

function problemOfFile(path: string): string | undefined {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (!found) return 'does not exist';
    if (!found.isFile()) return found.isDirectory() ? 'is a folder' : 'is no file';
    readFileSync(path);
    return undefined;
  } catch {
    return 'cannot be read';
  }
}
