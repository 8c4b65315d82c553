import type { LetterReplayer } from '../dead-letters/letter-replayers.js';
import type { StoredLetter } from '../dead-letters/stored-letter.js';
import { HostError } from '../errors.js';
import type { InvocationOutcome } from '../invocation/invocation-outcome.js';
import type { InvocationLane } from '../invocation/invocation.service.js';
import type { TraceContext } from '../invocation/trace-context.js';
import type { TriggerEvent } from '../invocation/trigger-event.js';
import type { DurableHost } from './durable-host.js';
import type { DurableSource } from './durable-source.js';

/** How long a replay waits to begin: somebody waits for it. */
const BEGIN_MS = 30_000;

/** Replays the dead letters of a durable trigger in the lane of its deliveries. */
export class DurableReplayer implements LetterReplayer {
  readonly triggerName: string;
  readonly deadLetterSubject: string;
  private readonly traces = new WeakMap<StoredLetter, Partial<TraceContext>>();

  constructor(
    private readonly source: DurableSource,
    private readonly lane: InvocationLane,
    private readonly host: Pick<DurableHost, 'invocations' | 'isolation'>,
  ) {
    this.triggerName = source.lane.triggerName;
    this.deadLetterSubject = source.deadLetterSubject;
  }

  /** What made the sub-runtime die runs alone, so that no neighbour has to suffer for it a second time. */
  async run(found: StoredLetter): Promise<InvocationOutcome> {
    const event = this.eventOf(found);
    const { invocations, isolation } = this.host;
    const invoke = () => {
      const run = { ...event, startBy: Date.now() + BEGIN_MS };
      this.traces.set(found, run);
      return invocations.invoke(this.lane, run);
    };
    if (found.letter.lastOutcome === 'crashed') {
      return new Promise((resolve, reject) => isolation.enter(() => invoke().then(resolve, reject)));
    }
    while (isolation.isActive) await isolation.idle();
    if (found.letter.reason !== 'host died') return invoke();
    return new Promise((resolve, reject) => isolation.enterExposed(() => invoke().then(resolve, reject)));
  }

  private eventOf(found: StoredLetter): TriggerEvent {
    const { id, letter } = found;
    const isOurs = letter.type === this.source.lane.triggerType;
    const event = isOurs ? this.source.readLetter?.(found) : undefined;
    if (event) return event;
    const reason = `trigger ${this.triggerName} can make no event of a letter of type ${letter.type}`;
    throw new HostError('DEAD_LETTER_REFUSED', `dead letter ${id} cannot be replayed: ${reason}`);
  }

  async publishResult(found: StoredLetter, outcome: InvocationOutcome): Promise<void> {
    await this.source.publishReplay?.(found, outcome, this.traces.get(found));
  }
}
