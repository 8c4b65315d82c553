/** What the API answers, as far as the page shows it. */

export interface TriggerView {
  readonly name: string;
  readonly type: string;
  readonly source: string;
  readonly state: { readonly active: boolean; readonly reason?: string };
  readonly nextRun?: string;
}

export interface Readiness {
  readonly status: 'ready' | 'not-ready';
  readonly components: Readonly<Record<string, { readonly ready?: boolean; readonly [detail: string]: unknown }>>;
}

export interface FireReport {
  readonly requestId: string;
  readonly outcome: string;
  readonly status: number;
  readonly error?: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
  readonly isBase64Encoded: boolean;
  readonly truncatedFrom?: number;
  readonly tookMs: number;
}

export interface LetterSummary {
  readonly id: string;
  readonly trigger: string;
  readonly type: string;
  readonly reason: string;
  readonly deliveries: number;
  readonly lastOutcome: string;
  readonly lastStatus?: number;
  readonly lastError?: string;
  readonly lastAt: string;
  readonly subject: string;
  readonly stream: string;
  readonly sequence: number;
  readonly publishedAt: string;
  readonly requestId: string;
  readonly handler: string;
  readonly size: number;
  readonly truncated?: string;
}

export interface LetterView extends LetterSummary {
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

export interface ReplayReport {
  readonly id: string;
  readonly result: 'succeeded' | 'failed' | 'refused';
  readonly status?: number;
  readonly message?: string;
}
