import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { NatsConnection, NodeConnectionOptions, Status } from '@nats-io/transport-node';
import { messageOf } from '../errors.js';
import { atMost } from './at-most.js';
import { ConnectionLog } from './connection-log.js';
import { type MessageHeaders, toMessageHeaders } from './message-headers.js';
import { NatsConnectionConfig, isNatsConfigured } from './nats-connection.config.js';
import { authenticatorOf } from './nats-credentials.js';
import { type NatsLibrary, loadNatsLibrary } from './nats-library.js';
import { type NatsServers, parseServers } from './nats-servers.js';
import { tlsOptionsOf } from './nats-tls.js';

/** `off`: no server is configured. `connecting`: there has been no connection yet. */
export type NatsState = 'off' | 'connecting' | 'connected' | 'disconnected';

/** Pause between two attempts, to which up to as much again is added, so that replicas do not come all at once. */
const RETRY_MS = 1_000;
const RETRY_JITTER_MS = 1_000;
/** Time for one attempt: name, TCP, TLS, greeting. */
const ATTEMPT_MS = 10_000;
/** A server that says nothing for this long is gone: three unanswered pings. */
const PING_MS = 20_000;
const UNANSWERED_PINGS = 2;
/** Time for what is written to reach the server at the end. */
const CLOSE_MS = 2_000;

const NO_CONNECTION = 'there is no connection to NATS';

/** A message that goes out at the end of this turn of the event loop. */
interface Collected {
  readonly subject: string;
  readonly body: string | Uint8Array;
  readonly headers: MessageHeaders | undefined;
  readonly onUnsent: ((reason: string) => void) | undefined;
}

/** The one connection to NATS. It retries for ever, whatever the reason is that there is none. */
@Injectable()
export class NatsClient implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly configured: boolean;
  private readonly logger = new Logger('Nats');
  private readonly servers: NatsServers;
  private readonly log: ConnectionLog;
  private readonly firstConnection: Promise<NatsConnection>;
  private readonly listeners: ((connection: NatsConnection) => void)[] = [];
  private readonly collected: Collected[] = [];
  private readonly reconnectListeners: (() => void)[] = [];
  private readonly ending = new AbortController();
  private library: NatsLibrary | undefined;
  private current: NatsConnection | undefined;
  private currentState: NatsState;

  constructor(private readonly config: NatsConnectionConfig) {
    this.configured = isNatsConfigured(config);
    this.servers = parseServers(config.url ?? []);
    this.log = new ConnectionLog(this.logger, this.servers.addresses);
    this.currentState = this.configured ? 'connecting' : 'off';
    this.firstConnection = new Promise((resolve) => this.onConnection(resolve));
  }

  get state(): NatsState {
    return this.currentState;
  }

  /** The connection, also while it is lost and comes back; `undefined` before the first. */
  get connection(): NatsConnection | undefined {
    return this.current;
  }

  /** `host:port` of every configured server. */
  get addresses(): readonly string[] {
    return this.servers.addresses;
  }

  /** Bytes that a message may have, headers included, as the server says. */
  get maxPayload(): number {
    return this.current?.info?.max_payload ?? Number.POSITIVE_INFINITY;
  }

  /** Resolves at the first connection, which may never come; never rejects. */
  whenConnected(): Promise<NatsConnection> {
    return this.firstConnection;
  }

  /**
   * Calls `listener` with the connection, now if there is one, and with each that replaces it. A connection that is
   * lost and comes back stays the same, with its subscriptions.
   */
  onConnection(listener: (connection: NatsConnection) => void): void {
    this.listeners.push(listener);
    if (this.current) listener(this.current);
  }

  /** Calls `listener` each time that a lost connection is back; what was published last may not have reached the server. */
  onReconnect(listener: () => void): void {
    this.reconnectListeners.push(listener);
  }

  /**
   * Publishes a message. False where there is no connection now, or no longer: what is published then would be lost.
   * Throws where the message is over `maxPayload`.
   */
  publish(subject: string, body: string | Uint8Array, headers?: MessageHeaders): boolean {
    this.publishCollected();
    return this.publishNow(subject, body, headers);
  }

  /**
   * Publishes a message together with all others of this turn of the event loop, in their order: one write instead of many.
   *
   * @param onUnsent Told why it is lost.
   */
  publishSoon(
    subject: string,
    body: string | Uint8Array,
    headers?: MessageHeaders,
    onUnsent?: (reason: string) => void,
  ): void {
    if (this.collected.length === 0) setImmediate(() => this.publishCollected());
    this.collected.push({ subject, body, headers, onUnsent });
  }

  private publishCollected(): void {
    if (this.collected.length === 0) return;
    for (const { subject, body, headers, onUnsent } of this.collected.splice(0)) {
      try {
        if (!this.publishNow(subject, body, headers)) onUnsent?.(NO_CONNECTION);
      } catch (cause) {
        onUnsent?.(messageOf(cause));
      }
    }
  }

  private publishNow(subject: string, body: string | Uint8Array, headers?: MessageHeaders): boolean {
    if (this.currentState !== 'connected' || !this.current || !this.library) return false;
    if (this.current.isClosed() || this.current.isDraining()) return false;
    this.current.publish(subject, body, headers && { headers: toMessageHeaders(headers, this.library) });
    return true;
  }

  /** Resolves when the server has all that was published before. Rejects where there is no connection. */
  async flush(): Promise<void> {
    this.publishCollected();
    if (this.currentState !== 'connected' || !this.current) throw new Error(NO_CONNECTION);
    await this.current.flush();
  }

  onApplicationBootstrap(): void {
    if (this.configured) void this.keepConnected();
  }

  /** Writes what is still to be written, and closes. */
  async onApplicationShutdown(): Promise<void> {
    this.ending.abort();
    this.publishCollected();
    const connection = this.current;
    if (!connection || connection.isClosed()) return;
    if (this.currentState === 'connected') await atMost(CLOSE_MS, connection.drain());
    if (!connection.isClosed()) await atMost(CLOSE_MS, connection.close());
  }

  private get isEnding(): boolean {
    return this.ending.signal.aborted;
  }

  /** Reconnecting by the library keeps subscriptions, but it does not say why a first attempt fails: that loop is here. */
  private async keepConnected(): Promise<void> {
    const library = await loadNatsLibrary();
    this.library = library;
    while (!this.isEnding) {
      try {
        await this.adopt(await library.connect(this.connectionOptions(library)));
        if (!this.isEnding) this.log.closed();
      } catch (error) {
        if (!this.isEnding) this.log.attemptFailed(error);
        await this.current?.close().catch(() => undefined);
      }
      await delay(retryDelay(), undefined, { signal: this.ending.signal }).catch(() => undefined);
    }
  }

  private connectionOptions(library: NatsLibrary): NodeConnectionOptions {
    return {
      servers: [...this.servers.addresses],
      name: this.config.applicationName || 'tributary',
      authenticator: authenticatorOf(this.config, this.servers, library),
      tls: tlsOptionsOf(this.config, this.servers),
      timeout: ATTEMPT_MS,
      maxReconnectAttempts: -1,
      ignoreAuthErrorAbort: true,
      reconnectDelayHandler: retryDelay,
      pingInterval: PING_MS,
      maxPingOut: UNANSWERED_PINGS,
    };
  }

  /** Resolves when the connection has been closed for good. */
  private async adopt(connection: NatsConnection): Promise<void> {
    if (this.isEnding) return connection.close();
    const statuses = connection.status();
    this.current = connection;
    this.currentState = 'connected';
    this.log.connected(connection.getServer(), connection.info?.version);
    try {
      for (const listener of this.listeners) listener(connection);
      for await (const status of statuses) this.follow(status);
    } finally {
      this.currentState = 'disconnected';
    }
  }

  private follow(status: Status): void {
    switch (status.type) {
      case 'disconnect':
        this.currentState = 'disconnected';
        if (!this.isEnding) this.log.disconnected(status.server);
        break;
      case 'reconnect':
        this.currentState = 'connected';
        this.log.reconnected(status.server);
        for (const listener of this.reconnectListeners) listener();
        break;
      case 'error':
        this.log.serverError(status.error);
        break;
      default:
        break;
    }
  }
}

function retryDelay(): number {
  return RETRY_MS + Math.random() * RETRY_JITTER_MS;
}
