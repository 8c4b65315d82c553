import { Controller, Get, Inject } from '@nestjs/common';
import { TriggerList } from '../triggers/trigger-list.js';

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
}
