import { X509Certificate, createPrivateKey } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import type { ConfigFindings } from '../config/config-schema.js';
import { messageOf } from '../errors.js';
import type { ConnectionSettings, TextSetting } from './connection-settings.js';
import { SEED, credsOf } from './nats-credentials.js';
import { parseServers } from './nats-servers.js';

/** `tlsCaFile` is `TRIGGER_NATS_TLS_CA_FILE`. */
function variableOf(setting: TextSetting): string {
  return `TRIGGER_NATS_${setting.replace(/[A-Z]/g, (capital) => `_${capital}`).toUpperCase()}`;
}

/** Different ways to say who connects; only one can be meant. */
const IDENTITIES: readonly (readonly TextSetting[])[] = [
  ['credsFile'],
  ['token', 'tokenFile'],
  ['user', 'password', 'passwordFile'],
  ['nkeySeedFile'],
];

/** Pairs of which the second says the same again. */
const ALTERNATIVES: readonly (readonly [TextSetting, TextSetting])[] = [
  ['token', 'tokenFile'],
  ['password', 'passwordFile'],
];

/** Pairs of which the first is of no use without the second. */
const NEEDS: readonly (readonly [TextSetting, TextSetting])[] = [
  ['password', 'user'],
  ['passwordFile', 'user'],
  ['tlsCertFile', 'tlsKeyFile'],
  ['tlsKeyFile', 'tlsCertFile'],
];

/** What each file must hold; throws or returns false where it does not. */
const FILES: readonly (readonly [TextSetting, string, (content: string) => unknown])[] = [
  ['credsFile', 'a file of NATS credentials, with a user JWT and its seed', (content) => credsOf(content)],
  ['tokenFile', 'a file with a token', (content) => content.trim() !== ''],
  ['passwordFile', 'a file with a password', (content) => content.trim() !== ''],
  ['nkeySeedFile', 'a file with the seed of a user (SU...)', (content) => SEED.test(content)],
  ['tlsCaFile', 'a file of certificates in PEM', (content) => new X509Certificate(content)],
  ['tlsCertFile', 'a file of a certificate in PEM', (content) => new X509Certificate(content)],
  ['tlsKeyFile', 'a file of a private key in PEM, not encrypted', (content) => createPrivateKey(content)],
];

/** URLs are URLs, files hold what they should, nothing contradicts; no secret is shown. */
export function checkConnectionSettings(settings: ConnectionSettings, findings: ConfigFindings): void {
  checkUrls(settings, findings);
  checkIdentity(settings, findings);
  for (const [setting, needed] of NEEDS) {
    if (settings[setting] === undefined || settings[needed] !== undefined) continue;
    findings.issue(variableOf(setting), `expected ${variableOf(needed)} beside it, but it is not set`);
  }
  for (const [setting, expected, read] of FILES) checkFile(settings, setting, expected, read, findings);
}

function checkUrls(settings: ConnectionSettings, findings: ConfigFindings): void {
  try {
    const servers = parseServers(settings.url ?? []);
    const given = identitiesOf(settings);
    if (servers.userInfo && given.length > 0) {
      findings.issue('TRIGGER_NATS_URL', `expected no credentials in it beside ${given.join(', ')}: use one of both`);
    }
  } catch (error) {
    findings.issue('TRIGGER_NATS_URL', messageOf(error));
  }
}

function checkIdentity(settings: ConnectionSettings, findings: ConfigFindings): void {
  const [first, ...others] = identitiesOf(settings);
  for (const other of others) findings.issue(other, `expected one kind of credentials; ${first} is set, too`);
  for (const [one, other] of ALTERNATIVES) {
    if (settings[one] === undefined || settings[other] === undefined) continue;
    findings.issue(variableOf(other), `expected either it or ${variableOf(one)}, got both`);
  }
}

/** For each identity that is given, the variable that gives it. */
function identitiesOf(settings: ConnectionSettings): string[] {
  return IDENTITIES.map((group) => group.find((setting) => settings[setting] !== undefined))
    .filter((setting) => setting !== undefined)
    .map(variableOf);
}

function checkFile(
  settings: ConnectionSettings,
  setting: TextSetting,
  expected: string,
  read: (content: string) => unknown,
  findings: ConfigFindings,
): void {
  const path = settings[setting];
  if (path === undefined) return;
  const problem = problemOf(path, read);
  if (problem) findings.issue(variableOf(setting), `expected ${expected}, but ${path} ${problem}`);
}

function problemOf(path: string, read: (content: string) => unknown): string | undefined {
  let content: string;
  try {
    // Looked at before it is opened: reading from a pipe or a device might never end.
    const found = statSync(path);
    if (!found.isFile()) return found.isDirectory() ? 'is a folder' : 'is no file';
    content = readFileSync(path, 'utf8');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'does not exist' : 'cannot be read';
  }
  try {
    return read(content) ? undefined : 'does not hold one';
  } catch {
    return 'does not hold one';
  }
}
