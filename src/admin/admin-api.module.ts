import { type DynamicModule, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { DeadLettersService } from '../dead-letters/dead-letters.service.js';
import { TriggerList } from '../triggers/trigger-list.js';
import { ADMIN_TOKEN, AdminGuard } from './admin.guard.js';
import { DeadLettersController } from './dead-letters.controller.js';
import { HealthController } from './health.controller.js';
import { Readiness } from './readiness.js';
import { TriggersController } from './triggers.controller.js';

/** What the admin port shows of the host. */
export interface AdminApiOptions {
  readonly token: string | undefined;
  readonly readiness: Pick<Readiness, 'report'>;
  readonly triggers: TriggerList;
  readonly letters: DeadLettersService;
}

/**
 * The root of the admin port's own application: ordinary controllers behind one guard, which asks everyone who is not
 * expressly let in.
 *
 * What is handed over becomes a provider here, too, and Nest would call its lifecycle hooks a second time: it must have none.
 */
@Module({})
export class AdminApiModule {
  static forRoot({ token, readiness, triggers, letters }: AdminApiOptions): DynamicModule {
    return {
      module: AdminApiModule,
      controllers: [HealthController, TriggersController, DeadLettersController],
      providers: [
        { provide: APP_GUARD, useClass: AdminGuard },
        { provide: ADMIN_TOKEN, useValue: token },
        { provide: Readiness, useValue: readiness },
        { provide: TriggerList, useValue: triggers },
        { provide: DeadLettersService, useValue: letters },
      ],
    };
  }
}
