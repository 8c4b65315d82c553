import { messageOf } from '../../errors.js';
import { CronExpression } from './cron-expression.js';
import { ZoneClock } from './zone-clock.js';

/** A union of expressions in one time zone: an instant that several of them name is planned once. */
export class Schedule {
  readonly expressions: readonly CronExpression[];

  /** Throws an `Error` for what `scheduleProblem()` describes. */
  constructor(
    /** Expressions separated by `;`, as they were configured. */
    readonly text: string,
    readonly timeZone: string,
  ) {
    const clock = new ZoneClock(timeZone);
    this.expressions = splitUnion(text).map((expression) => new CronExpression(expression, clock));
  }

  /** The first planned instant after an instant, both epoch milliseconds. */
  next(after: number): number {
    return Math.min(...this.expressions.map((expression) => expression.next(after)));
  }

  /** The planned instants after `after`, up to and with `until`, in order. */
  *between(after: number, until: number): Generator<number> {
    for (let instant = this.next(after); instant <= until; instant = this.next(instant)) yield instant;
  }
}

/** What is wrong with the first expression of a union that is no schedule; `undefined` if all are. */
export function scheduleProblem(text: string): string | undefined {
  const clock = new ZoneClock('UTC');
  for (const expression of splitUnion(text)) {
    const problem = expressionProblem(expression, clock);
    if (problem) return `"${expression}": ${problem}`;
  }
  return undefined;
}

function expressionProblem(text: string, clock: ZoneClock): string | undefined {
  let expression: CronExpression;
  try {
    expression = new CronExpression(text, clock);
  } catch (error) {
    return messageOf(error);
  }
  try {
    expression.next(Date.now());
    return undefined;
  } catch {
    // Such as the 31st of February, which the package takes for valid.
    return 'no such date in the next eight years';
  }
}

function splitUnion(text: string): string[] {
  return text.split(';').map((expression) => expression.trim());
}
