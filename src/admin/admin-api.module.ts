import { type DynamicModule, Module } from '@nestjs/common';
import { DeadLettersService } from '../dead-letters/dead-letters.service.js';
import { TriggerList } from '../triggers/trigger-list.js';
import { ADMIN_TOKEN, AdminGuard } from './admin.guard.js';
import { DeadLettersController } from './dead-letters.controller.js';
import type { FigureSource } from '../figures/figure.js';
import { LIVE_EVENTS, type LiveEvents } from '../figures/live-events.js';
import { RECENT_TRAFFIC, type RecentTraffic } from '../figures/recent-traffic.js';
import { HealthController } from './health.controller.js';
import { InvocationsController } from './invocations.controller.js';
import { FIGURE_SOURCES, MetricsController } from './metrics/metrics.controller.js';
import { PageController } from './page.controller.js';
import { Readiness } from './readiness.js';
import { TriggersController } from './triggers.controller.js';

/** What the admin port shows of the host. */
export interface AdminApiOptions {
  readonly token: string | undefined;
  readonly readiness: Pick<Readiness, 'report'>;
  readonly triggers: TriggerList;
  readonly letters: DeadLettersService;
  readonly figures: readonly FigureSource[];
  readonly events: LiveEvents;
  readonly traffic: RecentTraffic;
}

/**
 * The root of the admin port's own application: ordinary controllers behind one guard, which is asked of everyone
 * who is not expressly let in.
 *
 * What is handed over becomes a provider here, too, and Nest would call its lifecycle hooks a second time: it must have none.
 */
@Module({})
export class AdminApiModule {
  static forRoot({ token, readiness, triggers, letters, figures, events, traffic }: AdminApiOptions): DynamicModule {
    return {
      module: AdminApiModule,
      controllers: [
        PageController,
        HealthController,
        TriggersController,
        InvocationsController,
        DeadLettersController,
        MetricsController,
      ],
      providers: [
        AdminGuard,
        { provide: ADMIN_TOKEN, useValue: token },
        { provide: Readiness, useValue: readiness },
        { provide: TriggerList, useValue: triggers },
        { provide: DeadLettersService, useValue: letters },
        { provide: FIGURE_SOURCES, useValue: figures },
        { provide: LIVE_EVENTS, useValue: events },
        { provide: RECENT_TRAFFIC, useValue: traffic },
      ],
    };
  }
}
