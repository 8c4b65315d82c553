import type { ConfigRule } from '../config/config-schema.js';
import { List, Text, Whole } from '../config/variable.decorator.js';
import { checkConnectionSettings } from './nats-connection.check.js';

/** The connection to NATS, one for a host. */
export class NatsConnectionConfig {
  /** Names the connection on the server. */
  @Text('SCW_APPLICATION_NAME', {
    description: 'Name of the function; names queue groups, durables, ticks and letters',
  })
  applicationName = '';

  @List('TRIGGER_NATS_URL', { secret: true, description: 'NATS servers: nats:// or tls://, separated by commas' })
  url?: readonly string[];

  @Text('TRIGGER_NATS_CREDS_FILE', { description: 'File of credentials: a JWT and its seed' })
  credsFile?: string;

  @Text('TRIGGER_NATS_TOKEN', { secret: true, description: 'Token' })
  token?: string;

  @Text('TRIGGER_NATS_TOKEN_FILE', { description: 'File of the token' })
  tokenFile?: string;

  @Text('TRIGGER_NATS_USER', { description: 'User' })
  user?: string;

  @Text('TRIGGER_NATS_PASSWORD', { secret: true, description: 'Password of the user' })
  password?: string;

  @Text('TRIGGER_NATS_PASSWORD_FILE', { description: "File of the user's password" })
  passwordFile?: string;

  @Text('TRIGGER_NATS_NKEY_SEED_FILE', { description: 'File of the seed of an NKey' })
  nkeySeedFile?: string;

  @Text('TRIGGER_NATS_TLS_CA_FILE', { description: "Certificates, PEM, that vouch for the server's" })
  tlsCaFile?: string;

  @Text('TRIGGER_NATS_TLS_CERT_FILE', { description: 'Certificate of this client, PEM' })
  tlsCertFile?: string;

  @Text('TRIGGER_NATS_TLS_KEY_FILE', { description: 'Private key of this client, PEM' })
  tlsKeyFile?: string;

  @Whole('TRIGGER_NATS_REPLICAS', { description: 'Replicas of the streams that we create', min: 1, max: 5 })
  replicas = 1;
}

/** Whether a NATS server is configured at all. */
export function isNatsConfigured(config: NatsConnectionConfig): boolean {
  return (config.url?.length ?? 0) > 0;
}

const settingsRule: ConfigRule = (config, findings) =>
  checkConnectionSettings(config.get(NatsConnectionConfig), findings);

const applicationNameRule: ConfigRule = (config, findings) => {
  const settings = config.get(NatsConnectionConfig);
  if (!isNatsConfigured(settings) || settings.applicationName !== '') return;
  findings.issue(
    'SCW_APPLICATION_NAME',
    'expected a name once TRIGGER_NATS_URL is set: it names queue groups, durables, ticks and dead letters',
  );
};

export const natsConnectionRules: readonly ConfigRule[] = [settingsRule, applicationNameRule];
