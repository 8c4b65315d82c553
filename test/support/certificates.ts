import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** A certificate and its private key, PEM. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/** DER: tag, length, content. X.690, 8.1. */
function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  if (content.length < 128) return Buffer.concat([Buffer.from([tag, content.length]), content]);
  const length = Buffer.from(content.length.toString(16).padStart(content.length < 256 ? 2 : 4, '0'), 'hex');
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, content]);
}

const sequence = (...contents: Buffer[]) => der(0x30, ...contents);
const set = (...contents: Buffer[]) => der(0x31, ...contents);
const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));
const utf8 = (text: string) => der(0x0c, Buffer.from(text));
const time = (date: Date) => der(0x17, Buffer.from(`${date.toISOString().slice(2, 19).replace(/[-:T]/g, '')}Z`));
const explicit = (tag: number, content: Buffer) => der(0xa0 | tag, content);
const TRUE = der(0x01, Buffer.from([0xff]));

const ECDSA_WITH_SHA256 = sequence(oid('2a8648ce3d040302'));
const COMMON_NAME = oid('550403');
const BASIC_CONSTRAINTS = oid('551d13');
const KEY_USAGE = oid('551d0f');
const EXTENDED_KEY_USAGE = oid('551d25');
const SUBJECT_ALT_NAME = oid('551d11');
const SERVER_AUTH = oid('2b06010505070301');
const CLIENT_AUTH = oid('2b06010505070302');

const name = (text: string) => sequence(set(sequence(COMMON_NAME, utf8(text))));

/** A DNS name, or an IPv4 address. */
function alternativeName(host: string): Buffer {
  const isAddress = /^[\d.]+$/.test(host);
  return isAddress ? der(0x87, Buffer.from(host.split('.').map(Number))) : der(0x82, Buffer.from(host));
}

function extension(id: Buffer, critical: boolean, value: Buffer): Buffer {
  return sequence(id, ...(critical ? [TRUE] : []), der(0x04, value));
}

function authorityExtensions(): Buffer {
  const certSign = der(0x03, Buffer.from([0x02, 0x04]));
  return sequence(extension(BASIC_CONSTRAINTS, true, sequence(TRUE)), extension(KEY_USAGE, true, certSign));
}

function leafExtensions(hosts: readonly string[]): Buffer {
  const usage = extension(EXTENDED_KEY_USAGE, false, sequence(SERVER_AUTH, CLIENT_AUTH));
  const names = extension(SUBJECT_ALT_NAME, false, sequence(...hosts.map(alternativeName)));
  return sequence(usage, ...(hosts.length > 0 ? [names] : []));
}

const DAY_MS = 86_400_000;

/** A certificate authority of its own: RFC 5280, by hand, so that the tests need no `openssl`. Valid from yesterday on. */
export class CertificateAuthority implements Certificate {
  readonly certificate: string;
  readonly key: string;
  private readonly privateKey: KeyObject;

  constructor(private readonly commonName = 'Test CA') {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.privateKey = privateKey;
    this.key = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    this.certificate = this.signed(commonName, publicKey, authorityExtensions());
  }

  /** A certificate for these host names and addresses, for server and client alike. */
  issue(commonName: string, hosts: readonly string[] = []): Certificate {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    return {
      certificate: this.signed(commonName, publicKey, leafExtensions(hosts)),
      key: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    };
  }

  private signed(subject: string, publicKey: KeyObject, extensions: Buffer): string {
    const body = sequence(
      explicit(0, der(0x02, Buffer.from([2]))),
      der(0x02, Buffer.concat([Buffer.from([0x01]), randomBytes(8)])),
      ECDSA_WITH_SHA256,
      name(this.commonName),
      sequence(time(new Date(Date.now() - DAY_MS)), time(new Date(Date.now() + 30 * DAY_MS))),
      name(subject),
      publicKey.export({ format: 'der', type: 'spki' }),
      explicit(3, extensions),
    );
    const signature = der(0x03, Buffer.from([0]), sign('sha256', body, this.privateKey));
    const base64 = sequence(body, ECDSA_WITH_SHA256, signature).toString('base64');
    return `-----BEGIN CERTIFICATE-----\n${base64.replace(/.{64}/g, '$&\n').trimEnd()}\n-----END CERTIFICATE-----\n`;
  }
}
