import type { ConfigClass } from './variable.decorator.js';

/** The name of a trigger, given in the triggers file or, by the environment, its kind. */
export interface Named {
  name: string;
}

/** The complete, validated and frozen configuration: one instance for each module's class, and the triggers by kind. */
export class HostConfig {
  constructor(
    private readonly sections: ReadonlyMap<ConfigClass, object>,
    private readonly triggers: ReadonlyMap<ConfigClass, readonly Named[]>,
    /** What is allowed but probably not meant, each a sentence with its arithmetic; logged at start. */
    readonly warnings: readonly string[],
  ) {
    Object.freeze(this);
  }

  /** The settings of one module. */
  get<T extends object>(section: ConfigClass<T>): T {
    const found = this.sections.get(section);
    if (!found) throw new TypeError(`${section.name} is no section of this configuration`);
    return found as T;
  }

  /** The triggers of one kind, empty if there are none. */
  triggersOf<T extends Named>(kind: ConfigClass<T>): readonly T[] {
    return (this.triggers.get(kind) ?? []) as readonly T[];
  }
}
