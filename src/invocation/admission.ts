import type { LaneOptions } from './trigger-event.js';

/** Events that a trigger may fetch where all permits are taken, so that it has its turn when one becomes free. */
const FETCHED_AHEAD = 2;

/** How much of a trigger is on its way. */
export interface LaneLoad {
  readonly options: LaneOptions;
  readonly inFlight: number;
  readonly waiting: number;
}

/** The permits and the queue of one trigger. */
export class Lane<Waiting> {
  inFlight = 0;
  readonly waiting: Waiting[] = [];

  constructor(
    readonly options: LaneOptions,
    readonly maxInFlight: number,
    /** Constant end of the request to the sub-runtime: which handler to call. */
    readonly requestSuffix: string,
    /** The trigger's first lane, for a further one: what is in flight here is in flight there, too. */
    readonly first?: Lane<Waiting>,
  ) {}
}

/**
 * Permits over all triggers and for each. Those that become free go round the triggers that wait, so that none starves
 * another. Knows nothing of what it admits.
 */
export class Admission<Waiting> {
  private readonly lanes: Lane<Waiting>[] = [];
  private inFlight = 0;
  private waitingCount = 0;
  private nextLane = 0;

  constructor(
    private readonly maxInFlight: number,
    private readonly maxQueue: number,
  ) {}

  addLane(lane: Lane<Waiting>): void {
    this.lanes.push(lane);
  }

  /** A further lane's are among those in flight of its trigger's first. */
  get load(): readonly LaneLoad[] {
    return this.lanes.map(({ options, inFlight, waiting, first }) => ({
      options,
      inFlight: first ? 0 : inFlight,
      waiting: waiting.length,
    }));
  }

  get queued(): number {
    return this.waitingCount;
  }

  /** Whether a permit is free for a trigger and nothing of it waits already; takes it. */
  tryAcquire(lane: Lane<Waiting>): boolean {
    if (lane.waiting.length > 0 || !this.hasPermit(lane)) return false;
    this.take(lane);
    return true;
  }

  /**
   * How many more a trigger could be given: those that would begin at once, and a few that wait for a permit of the
   * others, without which a trigger that asks before it fetches would never get one.
   */
  roomFor(lane: Lane<Waiting>): number {
    const forLane = lane.maxInFlight - lane.inFlight;
    const shared = Math.min(this.maxInFlight - this.inFlight, lane.first ? freeIn(lane.first) : Infinity);
    const inAll = Math.max(shared, FETCHED_AHEAD);
    return Math.max(0, Math.min(forLane, inAll) - lane.waiting.length);
  }

  isQueueFull(lane: Lane<Waiting>): boolean {
    return lane.waiting.length >= this.maxQueue;
  }

  enqueue(lane: Lane<Waiting>, waiting: Waiting): void {
    lane.waiting.push(waiting);
    this.waitingCount++;
  }

  /** Puts back what was taken but could not begin. */
  enqueueFirst(lane: Lane<Waiting>, waiting: Waiting): void {
    lane.waiting.unshift(waiting);
    this.waitingCount++;
  }

  /** Whether it was still waiting. */
  remove(lane: Lane<Waiting>, waiting: Waiting): boolean {
    const index = lane.waiting.indexOf(waiting);
    if (index < 0) return false;
    lane.waiting.splice(index, 1);
    this.waitingCount--;
    return true;
  }

  release(lane: Lane<Waiting>): void {
    lane.inFlight--;
    if (lane.first) lane.first.inFlight--;
    this.inFlight--;
  }

  /** The next that may begin, its permit taken; `undefined` if nothing waits or no permit is free. */
  next(): { lane: Lane<Waiting>; waiting: Waiting } | undefined {
    if (this.waitingCount === 0) return undefined;
    for (let tried = 0; tried < this.lanes.length; tried++) {
      const lane = this.lanes[this.nextLane];
      this.nextLane = (this.nextLane + 1) % this.lanes.length;
      if (!lane || lane.waiting.length === 0 || !this.hasPermit(lane)) continue;
      const waiting = lane.waiting.shift() as Waiting;
      this.waitingCount--;
      this.take(lane);
      return { lane, waiting };
    }
    return undefined;
  }

  /** Everything that waits, for those who look for something to give up. */
  *allWaiting(): Generator<{ lane: Lane<Waiting>; waiting: Waiting }> {
    for (const lane of this.lanes) for (const waiting of [...lane.waiting]) yield { lane, waiting };
  }

  private hasPermit(lane: Lane<Waiting>): boolean {
    return this.inFlight < this.maxInFlight && freeIn(lane) > 0 && (!lane.first || freeIn(lane.first) > 0);
  }

  private take(lane: Lane<Waiting>): void {
    lane.inFlight++;
    if (lane.first) lane.first.inFlight++;
    this.inFlight++;
  }
}

function freeIn<Waiting>({ maxInFlight, inFlight }: Lane<Waiting>): number {
  return maxInFlight - inFlight;
}
