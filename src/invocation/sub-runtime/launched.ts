import type { LaunchPlan } from './launch-plan.js';
import type { SubRuntimeProcess } from './sub-runtime-process.js';

/** The processes that `main` started before the application was loaded, and how they were started. */
export interface LaunchedSubRuntimes {
  readonly plan: LaunchPlan;
  readonly processes: readonly SubRuntimeProcess[];
}
