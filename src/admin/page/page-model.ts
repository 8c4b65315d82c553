import { api, ApiError, setToken } from './api.js';
import type { FireReport, LetterSummary, LetterView, Readiness, TriggerView } from './api-types.js';
import { History } from './history.js';
import { type Invocation, Invocations } from './invocations.js';

const REFRESH_MS = 5_000;
const RETRY_MS = 2_000;

/** The letters as far as they have been asked for. */
export interface Letters {
  readonly list: readonly LetterSummary[];
  readonly next: string | undefined;
  /** Why they cannot be shown. */
  readonly problem: string | undefined;
}

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
  state: 'reading' | 'waiting' | 'asking';
  note?: string;
  problem?: string;
}

/** What the page knows, and what may be done with it; tells whenever something has changed. */
export class PageModel {
  connection: 'connecting' | 'live' | 'lost' = 'connecting';
  /** Why nothing may be seen here. */
  locked: { readonly status: number; readonly message: string; readonly tried: boolean } | undefined;
  triggers: readonly TriggerView[] | undefined;
  readiness: Readiness | undefined;
  readonly history = new History();
  readonly invocations = new Invocations();
  /** Of the last second. */
  leftOut = 0;
  selected: number | undefined;
  /** The list as it stood when it was held. */
  held: readonly Invocation[] | undefined;
  failuresOnly = false;
  /** The trigger that charts and list show; all by default. */
  shown: string | undefined;
  letters: Letters | undefined;
  dialog: Sending | Reading | undefined;
  private tried = false;

  constructor(private readonly onChange: () => void) {}

  start(): void {
    void this.follow();
    void this.refresh();
    void this.loadLetters();
    setInterval(() => {
      if (!document.hidden && !this.locked) void this.refresh();
    }, REFRESH_MS);
  }

  change(apply: (model: this) => void): void {
    apply(this);
    this.onChange();
  }

  unlock(token: string): void {
    setToken(token);
    this.tried = true;
    this.change(() => (this.locked = undefined));
    void this.refresh();
    void this.loadLetters();
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

  async loadLetters(cursor?: string): Promise<void> {
    try {
      const { letters, next } = await api.letters(cursor);
      const list = cursor === undefined ? letters : [...(this.letters?.list ?? []), ...letters];
      this.change(() => (this.letters = { list, next, problem: undefined }));
    } catch (error) {
      const problem = this.failed(error);
      this.change(() => (this.letters = { list: [], next: undefined, problem }));
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
      await this.loadLetters();
    }
  }

  async replay(reading: Reading): Promise<void> {
    await this.during(reading, async () => {
      const { result, status, message } = await api.replay(reading.letter.id);
      if (result !== 'succeeded') throw new Error(message ?? `The replay ${result}.`);
      reading.note = `The replay succeeded${status === undefined ? '' : ` with status ${status}`}; the letter is removed.`;
    });
  }

  async discard(reading: Reading): Promise<void> {
    await this.during(reading, async () => {
      await api.discard(reading.letter.id);
      reading.note = 'The letter is removed.';
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
    await this.loadLetters();
  }

  private async discardReplayed(sending: Sending, { id }: LetterView): Promise<void> {
    try {
      await api.discard(id);
      sending.note = 'It succeeded; the dead letter is removed.';
    } catch (error) {
      sending.note = `It succeeded, but the dead letter could not be removed: ${textOf(error)}`;
    }
    await this.loadLetters();
  }

  /** Follows the live stream for ever, from one connection to the next. */
  private async follow(): Promise<never> {
    for (;;) {
      if (!this.locked) await this.followOnce();
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  private async followOnce(): Promise<void> {
    try {
      for await (const line of api.live()) {
        if (line.kind === 'open') this.invocations.forgetRunning();
        else if (line.kind === 'skipped') this.leftOut += line.count;
        else this.invocations.add(line);
        if (line.kind === 'second') {
          this.history.add(line);
          this.leftOut = line.leftOut;
        }
        this.change(() => (this.connection = 'live'));
      }
    } catch (error) {
      this.failed(error);
    }
    this.change(() => (this.connection = 'lost'));
  }

  /** What to say of it. Whoever may not see anything is asked for the token. */
  private failed(error: unknown): string {
    const message = textOf(error);
    if (error instanceof ApiError && [401, 403, 429].includes(error.status) && !/streams are open/.test(message)) {
      if (error.status === 401) setToken(undefined);
      this.change(() => (this.locked = { status: error.status, message, tried: this.tried }));
    }
    return message;
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
