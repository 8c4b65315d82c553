/** What ADR-32 wants to know of one subject of a service. */
export interface EndpointStats {
  readonly name: string;
  readonly subject: string;
  readonly queue_group: string;
  readonly num_requests: number;
  readonly num_errors: number;
  /** Empty where there has been none. */
  readonly last_error: string;
  /** Nanoseconds. */
  readonly processing_time: number;
  readonly average_processing_time: number;
}

const NANOSECONDS = 1_000_000;

/** One subject that a trigger listens to, and what came of its messages. */
export class NatsEndpoint {
  private requests = 0;
  private errors = 0;
  private lastError = '';
  private processingMs = 0;
  /** Why the server does not let us listen; `undefined` where it does. */
  denied: string | undefined;

  constructor(
    readonly name: string,
    readonly subject: string,
    /** Empty where every replica gets every message. */
    readonly queue: string,
  ) {}

  /** A message was settled. @param error What went wrong with it, `undefined` if nothing did. */
  count(ranMs: number, error: string | undefined): void {
    this.requests++;
    this.processingMs += ranMs;
    if (error === undefined) return;
    this.errors++;
    this.lastError = error;
  }

  get stats(): EndpointStats {
    const nanoseconds = Math.round(this.processingMs * NANOSECONDS);
    return {
      name: this.name,
      subject: this.subject,
      queue_group: this.queue,
      num_requests: this.requests,
      num_errors: this.errors,
      last_error: this.lastError,
      processing_time: nanoseconds,
      average_processing_time: this.requests === 0 ? 0 : Math.trunc(nanoseconds / this.requests),
    };
  }
}

/** An endpoint for each subject. Names need not differ (ADR-32), but a list is easier to read if they do. */
export function endpointsOf(triggerName: string, subjects: readonly string[], queue: string): NatsEndpoint[] {
  const name = (index: number) => (subjects.length === 1 ? triggerName : `${triggerName}-${index + 1}`);
  return subjects.map((subject, index) => new NatsEndpoint(name(index), subject, queue));
}
