import { randomUUID } from 'node:crypto';
import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import { natsName } from '../../nats/nats-name.js';
import type { NatsEndpoint } from './nats.endpoint.js';

export interface ServiceDescription {
  readonly application: string;
  readonly version: string;
  readonly triggerName: string;
  readonly endpoints: readonly NatsEndpoint[];
}

/** @see https://semver.org/#is-there-a-suggested-regular-expression-regex-to-check-a-semver-string */
const SEMVER =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-((0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(\+([0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*))?$/;

const VERBS = ['PING', 'INFO', 'STATS'] as const;
type Verb = (typeof VERBS)[number];

/**
 * Shows a trigger as an instance of a NATS service, so that `nats service list|info|stats` finds it: answers
 * `$SRV.PING|INFO|STATS`, for all services, for those of its name, and for itself alone.
 * @see https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-32.md
 */
export class NatsServiceDiscovery {
  readonly name: string;
  /** Another for each process. */
  readonly id = randomUUID();
  private readonly started = new Date().toISOString();
  private readonly identity: object;

  constructor(private readonly description: ServiceDescription) {
    const { application, triggerName, version } = description;
    this.name = natsName(`${application}-${triggerName}`);
    this.identity = {
      name: this.name,
      id: this.id,
      version: SEMVER.test(version) ? version : '0.0.0',
      metadata: { application, trigger: triggerName },
    };
  }

  /** Without a queue group: every instance answers. A server that does not permit it leaves the trigger undiscovered. */
  subscribe(connection: NatsConnection): Subscription[] {
    return VERBS.flatMap((verb) =>
      [`$SRV.${verb}`, `$SRV.${verb}.${this.name}`, `$SRV.${verb}.${this.name}.${this.id}`].map((subject) =>
        connection.subscribe(subject, { callback: (error, message) => this.answer(verb, error, message) }),
      ),
    );
  }

  private answer(verb: Verb, error: Error | null, message: Msg): void {
    if (error) return;
    try {
      message.respond(JSON.stringify(this.response(verb)));
    } catch {
      // The connection closes: nobody waits for this any more.
    }
  }

  response(verb: Verb): object {
    const { triggerName, endpoints } = this.description;
    const type = `io.nats.micro.v1.${verb.toLowerCase()}_response`;
    switch (verb) {
      case 'PING':
        return { type, ...this.identity };
      case 'INFO':
        return {
          type,
          ...this.identity,
          description: `Trigger ${triggerName} of a function hosted by Tributary`,
          endpoints: endpoints.map(({ name, subject, queue }) => ({ name, subject, queue_group: queue, metadata: {} })),
        };
      case 'STATS':
        return { type, ...this.identity, started: this.started, endpoints: endpoints.map(({ stats }) => stats) };
    }
  }
}
