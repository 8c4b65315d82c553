import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { HttpAdapterHost, NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { HostConfig } from '../config/host-config.js';
import { explainListen } from '../config/listen-place.js';
import { DeadLettersService } from '../dead-letters/dead-letters.service.js';
import { CHANNEL_FIGURES, type FigureSource } from '../figures/figure.js';
import { LIVE_EVENTS, type LiveEvents } from '../figures/live-events.js';
import type { RecentTraffic } from '../figures/recent-traffic.js';
import { invocationSettled } from '../invocation/invocation.channel.js';
import { HttpTriggerConfig } from '../triggers/http/http.config.js';
import { limitConnections, roomForOperators } from '../triggers/connection-limit.js';
import { TriggerList } from '../triggers/trigger-list.js';
import { AdminApiModule } from './admin-api.module.js';
import { AdminConfig, adminPlace, readAdminToken } from './admin.config.js';
import { AdminGuard } from './admin.guard.js';
import { AdminHttp } from './admin.http.js';
import { HostFigures } from './metrics/host-figures.js';
import { Readiness } from './readiness.js';
import { TrafficMemory } from './traffic-memory.js';

/**
 * The time that the first request, which often waits when HTTP begins to listen, has the event loop for itself; less if
 * it is answered before. This application takes a tenth of a cold start.
 */
const HEAD_START_MS = 50;

/** Runs the admin port: an application of its own, so that nothing of it stands in the way of an event. */
@Injectable()
export class AdminServer implements OnApplicationBootstrap, OnApplicationShutdown {
  /** Resolves when the port listens, or is disabled; rejects with a `HostError` if it cannot listen. Set at bootstrap. */
  listening: Promise<void> = Promise.resolve();
  private readonly logger = new Logger('Admin');
  private app: NestFastifyApplication | undefined;
  private stopping = false;

  constructor(
    private readonly config: AdminConfig,
    private readonly hostConfig: HostConfig,
    private readonly readiness: Readiness,
    private readonly triggers: TriggerList,
    private readonly letters: DeadLettersService,
    private readonly hostFigures: HostFigures,
    @Inject(CHANNEL_FIGURES) private readonly channelFigures: FigureSource,
    @Inject(LIVE_EVENTS) private readonly events: LiveEvents,
    private readonly traffic: TrafficMemory,
    @Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.config.enabled) return;
    this.listening = this.start();
    // Whoever awaits it is told; a rejection that comes before that must not end the process.
    this.listening.catch(() => undefined);
  }

  /** The last to end: until then `/livez` answers and `/readyz` says why it is 503. */
  async onApplicationShutdown(): Promise<void> {
    this.stopping = true;
    await this.app?.close();
  }

  private async start(): Promise<void> {
    await this.letHttpGoFirst();
    if (this.stopping) return;
    const { host, port } = this.config;
    const http = new AdminHttp();
    const root = AdminApiModule.forRoot({
      token: readAdminToken(this.config),
      readiness: this.readiness,
      triggers: withoutHooks(this.triggers),
      letters: this.letters,
      figures: [this.channelFigures, this.hostFigures],
      events: withoutHooksOf(this.events),
      traffic: withoutHooksOfMemory(this.traffic),
    });
    const app = await NestFactory.create<NestFastifyApplication>(root, http.adapter, {
      abortOnError: false,
      bodyParser: false,
    });
    if (this.stopping) return;
    http.guardBy(app.get(AdminGuard));
    this.app = app;
    limitConnections(app.getHttpServer(), roomForOperators(), this.logger);
    await app
      .listen(port, host)
      .catch((error: unknown) => Promise.reject(explainListen(error, adminPlace(this.config))));
    const url = await app.getUrl();
    this.logger.log({ message: `The admin port listens on ${url}`, url });
  }

  /** A cold start is over when the function has answered. */
  private async letHttpGoFirst(): Promise<void> {
    const isHttp = this.hostConfig.triggersOf(HttpTriggerConfig).some(({ enabled }) => enabled);
    if (!isHttp) return;
    if (!this.adapterHost.listening) {
      await new Promise<void>((resolve) => this.adapterHost.listen$.subscribe({ complete: resolve }));
    }
    await firstSettled(HEAD_START_MS);
  }
}

/** Resolves when an invocation has been settled and answered, or after `timeoutMs`. */
function firstSettled(timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const goOn = () => {
      clearTimeout(timer);
      invocationSettled.unsubscribe(goOn);
      // The answer is written in this turn of the event loop.
      setImmediate(resolve);
    };
    const timer = setTimeout(goOn, timeoutMs);
    invocationSettled.subscribe(goOn);
  });
}

function withoutHooksOf(events: LiveEvents): LiveEvents {
  return { listen: (listener) => events.listen(listener) };
}

function withoutHooksOfMemory(traffic: RecentTraffic): RecentTraffic {
  return { spans: () => traffic.spans() };
}

function withoutHooks(triggers: TriggerList): TriggerList {
  return {
    get all() {
      return triggers.all;
    },
  };
}
