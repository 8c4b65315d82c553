import type { Trigger } from './trigger.js';

/** All triggers of this host, in the order of their kinds. */
export abstract class TriggerList {
  abstract readonly all: readonly Trigger[];
}
