import { createHash } from 'node:crypto';
import { nkeys } from '@nats-io/transport-node';

type KeyPair = ReturnType<typeof nkeys.createUser>;

/** What decentralised authentication needs: the server's part of its configuration, and a user's credentials file. */
export interface Account {
  readonly config: string;
  readonly creds: string;
}

/** An operator with one account and one user. @see https://docs.nats.io/running-a-nats-service/configuration/securing_nats/auth_intro/jwt */
export function accountWithUser(): Account {
  const [operator, account, user] = [nkeys.createOperator(), nkeys.createAccount(), nkeys.createUser()];
  const unlimited = { subs: -1, data: -1, payload: -1 };
  const accountLimits = { ...unlimited, imports: -1, exports: -1, conn: -1, leaf: -1, wildcards: true };
  const operatorJwt = token('operator', operator, operator, {});
  const accountJwt = token('account', operator, account, { limits: accountLimits });
  const userJwt = token('user', account, user, { ...unlimited, pub: {}, sub: {} });
  return {
    config: `operator: ${operatorJwt}\nresolver: MEMORY\nresolver_preload: { ${account.getPublicKey()}: ${accountJwt} }\n`,
    creds: [
      '-----BEGIN NATS USER JWT-----',
      userJwt,
      '------END NATS USER JWT------',
      '',
      '-----BEGIN USER NKEY SEED-----',
      Buffer.from(user.getSeed()).toString(),
      '------END USER NKEY SEED------',
      '',
    ].join('\n'),
  };
}

function token(type: string, issuer: KeyPair, subject: KeyPair, more: object): string {
  const claims = {
    iat: Math.floor(Date.now() / 1000),
    iss: issuer.getPublicKey(),
    sub: subject.getPublicKey(),
    name: `test ${type}`,
    nats: { type, version: 2, ...more },
  };
  const jti = createHash('sha256').update(JSON.stringify(claims)).digest('hex').toUpperCase();
  const input = `${part({ typ: 'JWT', alg: 'ed25519-nkey' })}.${part({ jti, ...claims })}`;
  return `${input}.${Buffer.from(issuer.sign(Buffer.from(input))).toString('base64url')}`;
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
