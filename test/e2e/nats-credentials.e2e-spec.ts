import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { credsAuthenticator, nkeyAuthenticator, nkeys, type NodeConnectionOptions } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { CertificateAuthority } from '../support/certificates.js';
import { accountWithUser } from '../support/nats-accounts.js';
import { connectTo, startNatsHost, triggerState, untilListening } from '../support/nats-host.js';
import { type NatsServer, startNatsServer } from '../support/nats-server.js';
import { type Host, until } from '../support/start-host.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-credentials-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

async function serverWith(config: string): Promise<NatsServer> {
  const server = await startNatsServer({ config });
  onTestFinished(() => server.stop());
  return server;
}

async function hostOn(server: NatsServer, env: Record<string, string | undefined>): Promise<Host> {
  const host = await startNatsHost(server, { env });
  onTestFinished(async () => void (await host.stop()));
  return host;
}

/** The host answers a message over this server, and no secret is in what it wrote. */
async function expectToServe(
  server: NatsServer,
  env: Record<string, string | undefined>,
  options: NodeConnectionOptions,
  secrets: readonly string[] = [],
): Promise<Host> {
  const host = await hostOn(server, env);
  const client = await connectTo(server, options);
  onTestFinished(() => client.close());
  await untilListening(client);
  const reply = await client.request('orders.new', '{"do":"status","status":200}', { timeout: 10_000 });
  expect(reply.string()).toBe('status 200');
  for (const secret of secrets) expect(host.output()).not.toContain(secret);
  return host;
}

describe('section 1: credentials of the NATS connection', () => {
  const tokenConfig = 'authorization { token: "t0ken-s3cret" }';
  const userConfig = 'authorization { user: shop, password: "pa55-s3cret" }';

  it('TRIGGER_NATS_TOKEN', async () => {
    const server = await serverWith(tokenConfig);
    await expectToServe(server, { TRIGGER_NATS_TOKEN: 't0ken-s3cret' }, { token: 't0ken-s3cret' }, ['t0ken-s3cret']);
  });

  it('TRIGGER_NATS_TOKEN_FILE, without the line break at its end', async () => {
    const server = await serverWith(tokenConfig);
    const env = { TRIGGER_NATS_TOKEN_FILE: file('token', 't0ken-s3cret\n') };
    await expectToServe(server, env, { token: 't0ken-s3cret' }, ['t0ken-s3cret']);
  });

  it('TRIGGER_NATS_USER and _PASSWORD', async () => {
    const server = await serverWith(userConfig);
    const env = { TRIGGER_NATS_USER: 'shop', TRIGGER_NATS_PASSWORD: 'pa55-s3cret' };
    await expectToServe(server, env, { user: 'shop', pass: 'pa55-s3cret' }, ['pa55-s3cret']);
  });

  it('TRIGGER_NATS_USER and _PASSWORD_FILE', async () => {
    const server = await serverWith(userConfig);
    const env = { TRIGGER_NATS_USER: 'shop', TRIGGER_NATS_PASSWORD_FILE: file('password', 'pa55-s3cret\n') };
    await expectToServe(server, env, { user: 'shop', pass: 'pa55-s3cret' }, ['pa55-s3cret']);
  });

  it('user and password in TRIGGER_NATS_URL, never logged', async () => {
    const server = await serverWith(userConfig);
    const env = { TRIGGER_NATS_URL: server.url.replace('://', '://shop:pa55-s3cret@') };
    await expectToServe(server, env, { user: 'shop', pass: 'pa55-s3cret' }, ['pa55-s3cret']);
  });

  it('TRIGGER_NATS_NKEY_SEED_FILE', async () => {
    const user = nkeys.createUser();
    const seed = Buffer.from(user.getSeed()).toString();
    const server = await serverWith(`authorization { users: [ { nkey: ${user.getPublicKey()} } ] }`);
    const env = { TRIGGER_NATS_NKEY_SEED_FILE: file('seed', `${seed}\n`) };
    await expectToServe(server, env, { authenticator: nkeyAuthenticator(user.getSeed()) }, [seed]);
  });

  it('TRIGGER_NATS_CREDS_FILE, of an operator’s account', async () => {
    const { config, creds } = accountWithUser();
    const server = await serverWith(config);
    const env = { TRIGGER_NATS_CREDS_FILE: file('user.creds', creds) };
    await expectToServe(server, env, { authenticator: credsAuthenticator(Buffer.from(creds)) }, [
      ...creds.split('\n').filter((line) => line.length > 40),
    ]);
  });

  it('section 8: wrong ones are said once and tried again for ever; a file that is mended is read again', async () => {
    const server = await serverWith(tokenConfig);
    const path = file('wrong-token', 'wr0ng-s3cret');
    const host = await hostOn(server, { TRIGGER_NATS_TOKEN_FILE: path });
    await host.outputs('the server refuses the credentials');
    await until('several attempts', () => server.output().split('authentication error').length > 3);
    expect(host.output().split('the server refuses the credentials')).toHaveLength(2);
    expect(await triggerState(host)).toEqual({
      name: 'nats',
      type: 'nats',
      active: false,
      reason: `no connection to NATS at 127.0.0.1:${server.port}`,
    });
    expect((await fetch(host.url)).status).toBe(200);
    file('wrong-token', 't0ken-s3cret');
    await host.outputs('Connected to NATS');
    expect(host.output()).not.toMatch(/wr0ng-s3cret|t0ken-s3cret/);
  });
});

describe('section 8: credentials that change while the host runs', () => {
  it('are refused as often as need be, and used once they are right', async () => {
    const config = (token: string) => `authorization { token: "${token}" }`;
    const server = await serverWith(config('first'));
    const path = file('renewed-token', 'first');
    const host = await hostOn(server, { TRIGGER_NATS_TOKEN_FILE: path });
    await host.outputs('Connected to NATS at');
    await server.reload(config('second'));
    await until('several refusals', () => server.output().split('authentication error').length > 3);
    rmSync(path);
    await until('an attempt without the file', () => server.output().split('authentication error').length > 4);
    file('renewed-token', 'second');
    await host.outputs('Connected to NATS again');
    const client = await connectTo(server, { token: 'second' });
    onTestFinished(() => client.close());
    await untilListening(client);
  });
});

describe('section 1: TLS of the NATS connection', () => {
  let authority: CertificateAuthority;
  let caFile: string;
  beforeAll(() => {
    authority = new CertificateAuthority();
    caFile = file('ca.pem', authority.certificate);
  });

  function tlsConfig(hosts: readonly string[], verify = false): string {
    const { certificate, key } = authority.issue('nats-server', hosts);
    const [cert, keyFile] = [file('server.pem', certificate), file('server.key', key)];
    return `tls { cert_file: "${cert}", key_file: "${keyFile}", ca_file: "${caFile}", verify: ${verify} }`;
  }

  const tlsUrl = (server: NatsServer, host = '127.0.0.1') => `tls://${host}:${server.port}`;

  it('tls:// with TRIGGER_NATS_TLS_CA_FILE, by address and by name', async () => {
    const server = await serverWith(tlsConfig(['127.0.0.1', 'localhost']));
    for (const host of ['127.0.0.1', 'localhost']) {
      const env = { TRIGGER_NATS_URL: tlsUrl(server, host), TRIGGER_NATS_TLS_CA_FILE: caFile };
      await expectToServe(server, env, { servers: `localhost:${server.port}`, tls: { caFile } });
    }
  });

  it('a server that demands TLS gets it from a nats:// URL, too', async () => {
    const server = await serverWith(tlsConfig(['127.0.0.1', 'localhost']));
    await expectToServe(
      server,
      { TRIGGER_NATS_TLS_CA_FILE: caFile },
      { servers: `localhost:${server.port}`, tls: { caFile } },
    );
  });

  it('mutual TLS with TRIGGER_NATS_TLS_CERT_FILE and _KEY_FILE', async () => {
    const server = await serverWith(tlsConfig(['127.0.0.1', 'localhost'], true));
    const { certificate, key } = authority.issue('shop');
    const [certFile, keyFile] = [file('client.pem', certificate), file('client.key', key)];
    await expectToServe(
      server,
      {
        TRIGGER_NATS_TLS_CA_FILE: caFile,
        TRIGGER_NATS_TLS_CERT_FILE: certFile,
        TRIGGER_NATS_TLS_KEY_FILE: keyFile,
      },
      { servers: `localhost:${server.port}`, tls: { caFile, certFile, keyFile } },
    );
  });

  it('a certificate that nobody vouches for is refused, and so is one for another host', async () => {
    const server = await serverWith(tlsConfig(['localhost']));
    const stranger = await hostOn(server, { TRIGGER_NATS_URL: tlsUrl(server, 'localhost') });
    await stranger.outputs("the server's certificate is not accepted");
    const other = await hostOn(server, { TRIGGER_NATS_URL: tlsUrl(server), TRIGGER_NATS_TLS_CA_FILE: caFile });
    await other.outputs("the server's certificate is not accepted");
    for (const host of [stranger, other]) expect(await triggerState(host)).toMatchObject({ active: false });
  });

  it('tls:// never falls back to plain text', async () => {
    const server = await serverWith('');
    const host = await hostOn(server, { TRIGGER_NATS_URL: tlsUrl(server) });
    await host.outputs("server does not support 'tls'");
    expect(await triggerState(host)).toMatchObject({ active: false });
  });
});
