import {
  createInbox,
  type Msg,
  type NatsConnection,
  connect,
  type NodeConnectionOptions,
} from '@nats-io/transport-node';
import { type NatsServer } from './nats-server.js';
import { type Host, startHost, until } from './start-host.js';

/** The name of the function in these tests, and so of its default queue group. */
export const APPLICATION = 'shop';

export interface NatsHostOptions {
  /** More variables of the host, or others than the ones for `orders.>`. */
  readonly env?: Record<string, string | undefined>;
  readonly started?: 'spawned' | 'listening' | 'ready';
}

/** A host that listens to `orders.>` on a server, without waiting until it does. */
export function startNatsHost(
  server: Pick<NatsServer, 'url'>,
  { env = {}, started }: NatsHostOptions = {},
): Promise<Host> {
  const variables = {
    SCW_APPLICATION_NAME: APPLICATION,
    TRIGGER_NATS_URL: server.url,
    TRIGGER_NATS_SUBJECT: 'orders.>',
    ...env,
  };
  return startHost({ env: variables, ...(started && { started }) });
}

/** A client of its own, beside the host's. */
export function connectTo(
  server: Pick<NatsServer, 'port'>,
  options: NodeConnectionOptions = {},
): Promise<NatsConnection> {
  return connect({ servers: `127.0.0.1:${server.port}`, reconnectTimeWait: 100, maxReconnectAttempts: -1, ...options });
}

/** Resolves when this many instances of a service answer: what they listen to was subscribed to before. */
export function untilListening(client: NatsConnection, instances = 1, service = `${APPLICATION}-nats`): Promise<true> {
  return until(`${instances} of service ${service} to listen`, async () => {
    const answers = await collect(client, `$SRV.PING.${service}`, 100);
    return answers.length >= instances ? true : undefined;
  });
}

/** All replies that come within a time. */
export async function collect(client: NatsConnection, subject: string, withinMs: number): Promise<Msg[]> {
  const replies: Msg[] = [];
  const inbox = createInbox();
  const subscription = client.subscribe(inbox, {
    callback: (_error, message) => {
      if (message.headers?.code !== 503) replies.push(message);
    },
  });
  client.publish(subject, '', { reply: inbox });
  await new Promise((resolve) => setTimeout(resolve, withinMs));
  subscription.unsubscribe();
  return replies;
}

/** Headers of a reply, the last value of each. */
export function headersOf(message: Msg): Record<string, string> {
  const all: Record<string, string> = {};
  for (const [name, values] of message.headers ?? []) all[name] = values.at(-1) ?? '';
  return all;
}

/** What a trigger says of itself on the admin port. */
export async function triggerState(host: Host, name = 'nats'): Promise<{ active: boolean; reason?: string }> {
  const response = await fetch(`${host.adminUrl}/readyz`);
  const report = (await response.json()) as {
    components: { triggers: { name: string; active: boolean; reason?: string }[] };
  };
  const found = report.components.triggers.find((trigger) => trigger.name === name);
  if (!found) throw new Error(`there is no trigger ${name}`);
  return found;
}

/** Log lines that contain a text. */
export function linesWith(host: Host, text: string): string[] {
  return host
    .output()
    .split('\n')
    .filter((line) => line.includes(text));
}
