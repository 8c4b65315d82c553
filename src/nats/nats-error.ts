import { messageOf } from '../errors.js';

/** What errors of the library and of Node's sockets have. */
export interface NatsError extends Error {
  code?: string;
  operation?: string;
  subject?: string;
}

const CERTIFICATE = /CERT|SIGNATURE|ISSUER|SELF_SIGNED|ALTNAME/;

/** What went wrong with a connection, in one line that says what to look at. */
export function explainNatsError(error: unknown): string {
  if (!(error instanceof Error) || error.message === '') return 'the server closed the connection';
  const { name, code } = error as NatsError;
  if (name === 'AuthorizationError' || name === 'UserAuthenticationExpiredError') {
    return `the server refuses the credentials (${messageOf(error)}); check the TRIGGER_NATS_* variables that hold them`;
  }
  if (code !== undefined && CERTIFICATE.test(code)) {
    return `the server's certificate is not accepted (${messageOf(error)}); check TRIGGER_NATS_TLS_CA_FILE and the URL's host`;
  }
  return messageOf(error);
}
