/** The settings that are one text each; `TRIGGER_NATS_CREDS_FILE` is `credsFile`. */
export type TextSetting =
  | 'credsFile'
  | 'token'
  | 'tokenFile'
  | 'user'
  | 'password'
  | 'passwordFile'
  | 'nkeySeedFile'
  | 'tlsCaFile'
  | 'tlsCertFile'
  | 'tlsKeyFile';

/** Where and as whom to connect; `NatsConnectionConfig` has the variables. */
export type ConnectionSettings = { readonly [setting in TextSetting]?: string | undefined } & {
  readonly url?: readonly string[] | undefined;
};
