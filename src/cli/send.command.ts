import type { Msg, NatsConnection } from '@nats-io/transport-node';
import type { Environment } from '../config/read-variables.js';
import { type NatsLibrary, loadNatsLibrary } from '../nats/nats-library.js';
import { PUBLISH_SUBJECT } from '../nats/nats-subject.js';
import { CliError, EXIT_FAILED, EXIT_OK } from './cli-error.js';
import { parseCommand, runCommand, usageError } from './command-line.js';
import { readHeaderArgument } from './header-argument.js';
import { connectionSettings, connectToNats, DEFAULT_SERVER } from './nats-connection.js';

const DEFAULT_TIMEOUT_MS = 10_000;

export const SEND_HELP = `tributary send SUBJECT DATA: publish a NATS message and print the reply

  --header 'NAME: VALUE'  a header of the message; may stand several times
  --request               fail unless a reply comes
  --no-reply              do not ask for a reply
  --timeout MS            how long to wait for the reply (${DEFAULT_TIMEOUT_MS})
  --server URL            the server; by default TRIGGER_NATS_URL, else
                          ${DEFAULT_SERVER}

Credentials are those of TRIGGER_NATS_*. Exit codes: 0 sent, and whatever reply
came was no error; 1 not; 64 wrong usage.
`;

/** What the arguments ask for. */
interface SendRequest {
  readonly subject: string;
  readonly data: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly reply: 'none' | 'welcome' | 'required';
  readonly timeoutMs: number;
  readonly server: string | undefined;
}

/**
 * `tributary send`: publishes a message and prints the reply to stdout as it came, errors in one line to stderr.
 * Resolves with the exit code.
 */
export async function send(args: string[], environment: Environment): Promise<number> {
  return runCommand({ name: 'send', help: SEND_HELP }, args, async () => {
    const request = readArguments(args);
    const connection = await connectToNats(connectionSettings(request.server, environment), 'tributary send');
    try {
      return await exchange(connection, request, await loadNatsLibrary());
    } finally {
      await connection.close();
    }
  });
}

function readArguments(args: string[]): SendRequest {
  const { values, positionals } = parseCommand('send', {
    args,
    allowPositionals: true,
    options: {
      header: { type: 'string', multiple: true },
      request: { type: 'boolean' },
      'no-reply': { type: 'boolean' },
      timeout: { type: 'string' },
      server: { type: 'string' },
    },
  });
  const [subject, data, ...rest] = positionals;
  if (subject === undefined || data === undefined || rest.length > 0) {
    throw usage(`expected SUBJECT DATA, got ${positionals.length} arguments; put DATA in quotes`);
  }
  if (!PUBLISH_SUBJECT.test(subject)) throw usage(`${JSON.stringify(subject)} is no subject without wildcards`);
  if (values['no-reply'] && values.request) throw usage('--request and --no-reply contradict each other');
  return {
    subject,
    data,
    headers: (values.header ?? []).map(parseHeader),
    reply: values['no-reply'] ? 'none' : values.request ? 'required' : 'welcome',
    timeoutMs: parseTimeout(values.timeout),
    server: values.server,
  };
}

function usage(message: string): CliError {
  return usageError('send', message);
}

function parseHeader(text: string): readonly [string, string] {
  const header = readHeaderArgument(text);
  if (!header) throw usage(`--header ${JSON.stringify(text)} is not 'Name: value'`);
  return header;
}

function parseTimeout(text: string | undefined): number {
  if (text === undefined) return DEFAULT_TIMEOUT_MS;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw usage(`--timeout ${JSON.stringify(text)} is no whole number of milliseconds`);
  return Number(text);
}

async function exchange(connection: NatsConnection, request: SendRequest, library: NatsLibrary): Promise<number> {
  const { subject, data, reply, timeoutMs } = request;
  const headers = library.headers();
  for (const [name, value] of request.headers) headers.append(name, value);
  if (reply === 'none') {
    connection.publish(subject, data, { headers });
    await connection.flush();
    return EXIT_OK;
  }
  try {
    return printReply(await connection.request(subject, data, { timeout: timeoutMs, headers }));
  } catch (error) {
    return withoutReply(error, request, library);
  }
}

/** An error reply goes to stdout like any other; that it is one is said on stderr. */
function printReply({ data, headers }: Msg): number {
  process.stdout.write(data);
  if (process.stdout.isTTY && data.at(-1) !== 0x0a) process.stdout.write('\n');
  const error = headers?.get('Nats-Service-Error-Code');
  if (!error) return EXIT_OK;
  process.stderr.write(`tributary send: error reply ${error}: ${headers?.get('Nats-Service-Error')}\n`);
  return EXIT_FAILED;
}

function withoutReply(error: unknown, { subject, reply, timeoutMs }: SendRequest, library: NatsLibrary): number {
  if (error instanceof library.RequestError && error.isNoResponders()) {
    throw new CliError(`nobody listens to ${subject}: the message was lost`);
  }
  if (!(error instanceof library.TimeoutError)) throw error;
  if (reply === 'required') throw new CliError(`no reply within ${timeoutMs} ms`);
  process.stderr.write(`tributary send: sent; no reply within ${timeoutMs} ms\n`);
  return EXIT_OK;
}
