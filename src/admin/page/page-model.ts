import { api, ApiError, setToken, type StreamLine } from './api.js';
import type { FireReport, LetterView, Readiness, TriggerView } from './api-types.js';
import { History } from './history.js';
import { type Invocation, Invocations } from './invocations.js';
import { LetterList } from './letter-list.js';

const REFRESH_MS = 5_000;
const RETRY_MS = 2_000;
const LETTERS_REFRESH_MS = 10_000;
/** Before that, the second click of a double click would remove what the first one asked about. */
const THINK_MS = 500;

/** An event on its way from the operator to the function. */
export interface Sending {
  readonly kind: 'send';
  readonly trigger: TriggerView;
  /** What the form begins with. */
  readonly begin: Readonly<Record<string, string>>;
  /** The letter that it is made of, which is discarded if it succeeds. */
  readonly letter?: LetterView;
  state: 'editing' | 'waiting';
  report?: FireReport;
  note?: string;
  problem?: string;
}

export interface Reading {
  readonly kind: 'letter';
  readonly letter: LetterView;
  /** `asking` and `sure`: it is asked whether to discard it, and since when that may be answered. */
  state: 'reading' | 'waiting' | 'asking' | 'sure';
  note?: string;
  problem?: string;
}

/** Why nothing may be seen here. */
export interface Lock {
  readonly status: number;
  readonly message: string;
  /** Whether a token has been given. */
  readonly tried: boolean;
  /** When the page asks again by itself, epoch milliseconds. */
  readonly until: number | undefined;
}

/** What the page knows, and what may be done with it; tells whenever something has changed. */
export class PageModel {
  connection: 'connecting' | 'live' | 'lost' = 'connecting';
  /** Why the stream is lost, where the host has said it. */
  refusal: string | undefined;
  locked: Lock | undefined;
  triggers: readonly TriggerView[] | undefined;
  readiness: Readiness | undefined;
  readonly history = new History();
  readonly invocations = new Invocations();
  readonly letterList: LetterList;
  /** Of the last second. */
  leftOut = 0;
  /** The list as it stood when it was held. */
  held: readonly Invocation[] | undefined;
  failuresOnly = false;
  /** The trigger that charts and list show; all by default. */
  shown: string | undefined;
  dialog: Sending | Reading | undefined;
  private tried = false;

  constructor(private readonly onChange: () => void) {
    this.letterList = new LetterList({
      onChange,
      failed: (error) => this.failed(error),
      isBusy: () => this.dialog !== undefined,
    });
  }

  start(): void {
    void this.follow();
    void this.refresh();
    void this.letterList.load();
    setInterval(() => {
      if (!document.hidden && !this.locked) void this.refresh();
    }, REFRESH_MS);
    setInterval(() => {
      if (!document.hidden && !this.locked) this.letterList.refresh();
    }, LETTERS_REFRESH_MS);
    setInterval(() => this.waitOutLock(), 1_000);
  }

  change(apply: (model: this) => void): void {
    apply(this);
    this.onChange();
  }

  unlock(token: string): void {
    setToken(token);
    this.tried = true;
    this.askAgain();
  }

  get visible(): readonly Invocation[] {
    return (this.held ?? this.invocations.all).filter(
      ({ start, end }) =>
        (this.shown === undefined || start.trigger === this.shown) &&
        (!this.failuresOnly || (end !== undefined && end.outcome !== 'succeeded')),
    );
  }

  async refresh(): Promise<void> {
    try {
      const [triggers, readiness] = await Promise.all([api.triggers(), api.readiness()]);
      this.change(() => {
        this.triggers = triggers;
        this.readiness = readiness;
      });
    } catch (error) {
      this.failed(error);
    }
  }

  openSend(trigger: TriggerView, begin: Sending['begin'] = {}, letter?: LetterView): void {
    this.change(() => (this.dialog = { kind: 'send', trigger, begin, state: 'editing', ...(letter && { letter }) }));
  }

  async fire(sending: Sending, event: unknown): Promise<void> {
    this.change(() =>
      Object.assign(sending, { state: 'waiting', report: undefined, problem: undefined, note: undefined }),
    );
    try {
      sending.report = await api.fire(sending.trigger.name, event);
      if (sending.letter && sending.report.outcome === 'succeeded') await this.discardReplayed(sending, sending.letter);
    } catch (error) {
      sending.problem = this.failed(error);
    }
    this.change(() => (sending.state = 'editing'));
  }

  async openLetter(id: string): Promise<void> {
    try {
      const letter = await api.letter(id);
      this.change(() => (this.dialog = { kind: 'letter', letter, state: 'reading' }));
    } catch {
      // Somebody else has replayed or discarded it.
      await this.letterList.load();
    }
  }

  async replay(reading: Reading): Promise<void> {
    await this.during(reading, async () => {
      const { result, status, message } = await api.replay(reading.letter.id);
      if (result !== 'succeeded') throw new Error(message ?? `The replay ${result}.`);
      reading.note = `The replay succeeded${status === undefined ? '' : ` with status ${status}`}; the letter is removed.`;
      this.letterList.drop(reading.letter.id);
    });
  }

  /** Asks first, and takes no answer before it can have been meant. */
  askToDiscard(reading: Reading): void {
    this.change(() => (reading.state = 'asking'));
    setTimeout(() => {
      if (reading.state === 'asking') this.change(() => (reading.state = 'sure'));
    }, THINK_MS);
  }

  async discard(reading: Reading): Promise<void> {
    await this.during(reading, async () => {
      await api.discard(reading.letter.id);
      reading.note = 'The letter is removed.';
      this.letterList.drop(reading.letter.id);
    });
  }

  closeDialog(): void {
    this.change(() => (this.dialog = undefined));
  }

  private async during(reading: Reading, work: () => Promise<void>): Promise<void> {
    this.change(() => Object.assign(reading, { state: 'waiting', problem: undefined }));
    try {
      await work();
    } catch (error) {
      reading.problem = this.failed(error);
    }
    this.change(() => (reading.state = 'reading'));
  }

  private async discardReplayed(sending: Sending, { id }: LetterView): Promise<void> {
    try {
      await api.discard(id);
      sending.note = 'It succeeded; the dead letter is removed.';
      this.letterList.drop(id);
    } catch (error) {
      sending.note = `It succeeded, but the dead letter could not be removed: ${textOf(error)}`;
    }
  }

  /** Follows the live stream for ever, from one connection to the next. */
  private async follow(): Promise<never> {
    for (;;) {
      if (!this.locked) await this.followOnce();
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  private async followOnce(): Promise<void> {
    this.refusal = undefined;
    try {
      for await (const line of api.live()) {
        this.take(line);
        this.change(() => (this.connection = 'live'));
      }
    } catch (error) {
      const message = this.failed(error);
      if (error instanceof ApiError && error.status > 0) this.refusal = message;
    }
    this.change(() => (this.connection = 'lost'));
  }

  private take(line: StreamLine): void {
    switch (line.kind) {
      case 'open':
        this.invocations.forgetRunning();
        void this.fillHistory();
        break;
      case 'skipped':
        this.leftOut += line.count;
        // That they ended may have been among it.
        this.invocations.forgetRunning();
        break;
      case 'second':
        this.history.add(line);
        this.leftOut = line.leftOut;
        break;
      default:
        this.invocations.add(line);
    }
  }

  private async fillHistory(): Promise<void> {
    try {
      const { spans } = await api.recent();
      this.change(() => this.history.addPast(spans));
    } catch {
      // The charts begin here, then.
    }
  }

  /** What to say of it. Whoever may not see anything is told why, and asked for the token where that helps. */
  private failed(error: unknown): string {
    const message = textOf(error);
    if (error instanceof ApiError && isLock(error)) {
      const { status, retryAfter } = error;
      if (status === 401) setToken(undefined);
      const until = retryAfter === undefined ? undefined : Date.now() + retryAfter * 1_000;
      this.change(() => (this.locked = { status, message, tried: this.tried, until }));
    }
    return message;
  }

  private waitOutLock(): void {
    if (this.locked?.until === undefined) return;
    if (Date.now() >= this.locked.until) this.askAgain();
    else this.onChange();
  }

  private askAgain(): void {
    this.change(() => (this.locked = undefined));
    void this.refresh();
    void this.letterList.load();
  }
}

/** Too many requests of another kind, such as for streams, come without a time to wait. */
function isLock({ status, retryAfter }: ApiError): boolean {
  return status === 401 || status === 403 || (status === 429 && retryAfter !== undefined);
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
