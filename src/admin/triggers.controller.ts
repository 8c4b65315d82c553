import { Body, Controller, Get, HttpCode, Inject, NotFoundException, Param, Post, UseFilters } from '@nestjs/common';
import type { FireReport } from '../triggers/fire-report.js';
import { TriggerList } from '../triggers/trigger-list.js';
import { HostErrorFilter } from './host-error.filter.js';

/** A trigger as the API shows it. */
export interface TriggerView {
  readonly name: string;
  readonly type: string;
  readonly source: string;
  readonly state: { readonly active: boolean; readonly reason?: string };
  /** ISO 8601, for schedules. */
  readonly nextRun: string | undefined;
}

@Controller('api/triggers')
@UseFilters(HostErrorFilter)
export class TriggersController {
  constructor(@Inject(TriggerList) private readonly triggers: TriggerList) {}

  @Get()
  list(): TriggerView[] {
    return this.triggers.all.map(({ name, type, source, state, nextRun }) => ({
      name,
      type,
      source,
      state,
      nextRun: nextRun?.toISOString(),
    }));
  }

  /** Answers when there is an outcome, which may be any: 200 says that it was told, not that it is a good one. */
  @Post(':name/fire')
  @HttpCode(200)
  async fire(@Param('name') name: string, @Body() given: unknown): Promise<FireReport> {
    const trigger = this.triggers.all.find((one) => one.name === name);
    if (!trigger?.fire) throw new NotFoundException('There is no such trigger');
    return trigger.fire(given);
  }
}
