import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { subRuntimeState, type SubRuntimeStateMessage } from '../invocation/sub-runtime/sub-runtime.channel.js';
import { BoundedMap } from './bounded-map.js';

/** Messages that are known to have made a sub-runtime die, over all triggers of this host. */
const REMEMBERED = 1_000;

/** Who has messages in hand. */
export interface IsolationObserver {
  readonly onBegin: () => void;
  readonly onEnd: () => void;
  /** Must not reject. */
  readonly clear: () => Promise<void>;
}

/**
 * One message at a time, where it must be known which one makes the sub-runtime die. What was in flight when it died runs
 * again here, one after the other; until that is done no durable trigger of this host begins anything else, so that a
 * poison message is known by its death, and no neighbour is charged for it.
 */
@Injectable()
export class Isolation implements OnModuleInit, OnModuleDestroy {
  private readonly waiting: (() => Promise<void> | void)[] = [];
  private readonly poisonous = new BoundedMap<true>(REMEMBERED);
  /** Messages that timed out: should the sub-runtime be killed for its silence, one of them may have made it silent. */
  private readonly suspects = new BoundedMap<true>(REMEMBERED);
  private readonly beginListeners: (() => void)[] = [];
  private readonly endListeners: (() => void)[] = [];
  private untilIdle: (() => void)[] = [];
  private readonly clearListeners: (() => Promise<void>)[] = [];
  private running = false;
  private exposed = false;

  /** Whether what runs may end this host: nothing that has not begun may be in its hands. */
  get isExposed(): boolean {
    return this.exposed;
  }

  onModuleInit(): void {
    subRuntimeState.subscribe(this.follow);
  }

  onModuleDestroy(): void {
    subRuntimeState.unsubscribe(this.follow);
  }

  /** Whether somebody runs alone, or waits for it: nothing else of a durable trigger may begin. */
  get isActive(): boolean {
    return this.running || this.waiting.length > 0;
  }

  /** To be told when others have to wait, and when they may go on; `clear` hands back what has not begun, and waits for what has. */
  observe({ onBegin, onEnd, clear }: IsolationObserver): void {
    this.beginListeners.push(onBegin);
    this.endListeners.push(onEnd);
    this.clearListeners.push(clear);
  }

  /** Runs when all that entered before has ended. `run` must not reject. */
  enter(run: () => Promise<void> | void): void {
    const wasActive = this.isActive;
    this.waiting.push(run);
    if (!wasActive) for (const listener of this.beginListeners) listener();
    if (!this.running) void this.runAll();
  }

  /**
   * The same for what may end this host: it runs when all that has not begun was handed back and all that has begun has
   * ended, since what is lost with a host is charged. To be called where nobody else runs alone. `run` must not reject.
   */
  enterExposed(run: () => Promise<void>): void {
    this.exposed = true;
    this.enter(async () => {
      try {
        await Promise.all(this.clearListeners.map((clear) => clear()));
        await run();
      } finally {
        this.exposed = false;
      }
    });
  }

  /** Resolves when nobody runs alone any more. */
  idle(): Promise<void> {
    return this.isActive ? new Promise((resolve) => this.untilIdle.push(resolve)) : Promise.resolve();
  }

  /** The sub-runtime died while this message ran in it alone. */
  remember(id: string): void {
    this.poisonous.set(id, true);
  }

  /** The message timed out; whether its handler is slow or keeps the sub-runtime from all else is not known yet. */
  suspect(id: string): void {
    this.suspects.set(id, true);
  }

  /** It came to another end: its handler was slow, and no more. */
  clear(id: string): void {
    this.suspects.delete(id);
  }

  isPoisonous(id: string): boolean {
    return this.poisonous.has(id);
  }

  private readonly follow = (message: unknown): void => {
    if ((message as SubRuntimeStateMessage).cause === 'hung') this.condemnSuspects();
  };

  /** They run alone from now on, also those that wait already. */
  private condemnSuspects(): void {
    for (const id of this.suspects.keys()) this.remember(id);
    this.suspects.clear();
    // Where somebody runs alone, all others wait for that already, and only he would be called off.
    if (!this.isActive) for (const listener of this.beginListeners) listener();
  }

  private async runAll(): Promise<void> {
    this.running = true;
    try {
      for (let next = this.waiting.shift(); next; next = this.waiting.shift()) await next();
    } finally {
      this.running = false;
    }
    for (const resolve of this.untilIdle.splice(0)) resolve();
    for (const listener of this.endListeners) listener();
  }
}
