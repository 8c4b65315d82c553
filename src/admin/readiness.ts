import { Injectable } from '@nestjs/common';
import { Authenticator } from '../auth/authenticator.js';
import { HostConfig } from '../config/host-config.js';
import { SubRuntimePool } from '../invocation/sub-runtime/sub-runtime.pool.js';
import { HostLifecycle, type HostPhase } from '../lifecycle/host-lifecycle.js';
import { NatsClient, type NatsState } from '../nats/nats.client.js';
import { HttpTriggerConfig } from '../triggers/http/http.config.js';
import { TriggerList } from '../triggers/trigger-list.js';

/** The answer of `/readyz`: whether this host should get events now, and each part that has a say in it. */
export interface ReadinessReport {
  readonly status: 'ready' | 'not-ready';
  readonly components: {
    readonly subRuntime: { readonly ready: boolean; readonly workers: readonly WorkerReport[] };
    readonly shutdown: { readonly ready: boolean; readonly phase: HostPhase };
    readonly auth: { readonly ready: boolean; readonly problem?: string };
    readonly nats: { readonly ready: boolean; readonly state: NatsState };
    /** A trigger that is not active fails nothing by itself where HTTP is enabled. */
    readonly triggers: readonly TriggerReport[];
  };
}

/** A report without names, addresses, pids and reasons. */
export interface ReadinessSummary {
  readonly status: ReadinessReport['status'];
  readonly components: {
    readonly [component in Exclude<keyof ReadinessReport['components'], 'triggers'>]: { readonly ready: boolean };
  };
}

export function summaryOf({ status, components }: ReadinessReport): ReadinessSummary {
  const { subRuntime, shutdown, auth, nats } = components;
  return {
    status,
    components: {
      subRuntime: { ready: subRuntime.ready },
      shutdown: { ready: shutdown.ready },
      auth: { ready: auth.ready },
      nats: { ready: nats.ready },
    },
  };
}

interface WorkerReport {
  readonly index: number;
  readonly state: string;
  readonly pid: number | undefined;
}

interface TriggerReport {
  readonly name: string;
  readonly type: string;
  readonly active: boolean;
  readonly reason?: string;
  /** Of a schedule: whether its ticks are agreed on over replicas. */
  readonly mode?: 'shared' | 'local';
}

/** Looks at what it is asked to look at, and keeps nothing. */
@Injectable()
export class Readiness {
  private readonly httpEnabled: boolean;

  constructor(
    config: HostConfig,
    private readonly pool: SubRuntimePool,
    private readonly lifecycle: HostLifecycle,
    private readonly authenticator: Authenticator,
    private readonly nats: NatsClient,
    private readonly triggers: TriggerList,
  ) {
    this.httpEnabled = config.triggersOf(HttpTriggerConfig).some(({ enabled }) => enabled);
  }

  report(): ReadinessReport {
    const components = {
      subRuntime: this.subRuntime(),
      shutdown: { ready: this.lifecycle.phase === 'serving', phase: this.lifecycle.phase },
      auth: this.auth(),
      nats: this.natsConnection(),
    };
    const ready = Object.values(components).every((component) => component.ready);
    return { status: ready ? 'ready' : 'not-ready', components: { ...components, triggers: this.triggerReports() } };
  }

  private subRuntime() {
    const workers = this.pool.workers.map(({ index, state, pid }) => ({ index, state, pid }));
    return { ready: this.pool.availability === 'ready', workers };
  }

  /** A key that cannot be used matters where there is HTTP, and nowhere else. */
  private auth() {
    const problem = this.httpEnabled ? this.authenticator.problem : undefined;
    return problem === undefined ? { ready: true } : { ready: false, problem };
  }

  /** Without NATS, or with a trigger that it does not let work, there is still HTTP to be served, unless that is disabled. */
  private natsConnection() {
    const { configured, state: connection } = this.nats;
    const works =
      connection === 'connected' && this.triggers.all.every(({ type, state }) => type === 'http' || state.active);
    return { ready: !configured || this.httpEnabled || works, state: connection };
  }

  private triggerReports(): TriggerReport[] {
    return this.triggers.all.map(({ name, type, mode, state }) => ({ name, type, ...(mode && { mode }), ...state }));
  }
}
