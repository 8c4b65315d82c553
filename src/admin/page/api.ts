import type { LiveEvent } from '../../figures/live-events.js';
import type { TrafficSpan } from '../../figures/recent-traffic.js';
import type { FireReport, LetterSummary, LetterView, Readiness, ReplayReport, TriggerView } from './api-types.js';

/** Letters in one answer. */
export const LETTERS_AT_ONCE = 50;

const TOKEN_KEY = 'tributary-admin-token';

/** An answer that is no success; `message` is the host's own sentence. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    /** Seconds after which it may be tried again, where the host says so. */
    readonly retryAfter?: number,
  ) {
    super(message);
  }
}

/** Kept for this tab alone, and gone with it. */
export function setToken(token: string | undefined): void {
  if (token === undefined) sessionStorage.removeItem(TOKEN_KEY);
  else sessionStorage.setItem(TOKEN_KEY, token);
}

export const api = {
  triggers: () => json<TriggerView[]>('api/triggers'),

  /** 503 is an answer here as well. */
  async readiness(): Promise<Readiness> {
    const response = await send('readyz');
    return (await response.json()) as Readiness;
  },

  fire: (trigger: string, event: unknown) =>
    json<FireReport>(`api/triggers/${encodeURIComponent(trigger)}/fire`, postJson(event)),

  letters: (cursor?: string) =>
    json<{ letters: LetterSummary[]; next?: string }>(
      `api/dead-letters?limit=${LETTERS_AT_ONCE}${cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
    ),

  letter: (id: string) => json<LetterView>(letterPath(id)),

  replay: (id: string) => json<ReplayReport>(`${letterPath(id)}/replay`, { method: 'POST' }),

  async discard(id: string): Promise<void> {
    await checked(await send(letterPath(id), { method: 'DELETE' }));
  },

  recent: () => json<{ spans: TrafficSpan[] }>('api/invocations/recent'),

  /** What happens from now on, until the connection ends. */
  async *live(): AsyncGenerator<StreamLine, void, undefined> {
    const response = await checked(await send('api/invocations/live'));
    if (!response.body) return;
    let rest = '';
    const decoder = new TextDecoder();
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const lines = (rest + decoder.decode(value, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) yield JSON.parse(line) as StreamLine;
    }
  },
};

export type StreamLine =
  | LiveEvent
  | { readonly kind: 'open'; readonly at: number }
  | { readonly kind: 'skipped'; readonly at: number; readonly count: number };

const letterPath = (id: string) => `api/dead-letters/${encodeURIComponent(id)}`;

function postJson(value: unknown): RequestInit {
  return { method: 'POST', body: JSON.stringify(value), headers: { 'Content-Type': 'application/json' } };
}

async function json<Answer>(path: string, init?: RequestInit): Promise<Answer> {
  return (await (await checked(await send(path, init))).json()) as Answer;
}

async function send(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  const token = sessionStorage.getItem(TOKEN_KEY);
  if (token !== null) headers.set('Authorization', `Bearer ${token}`);
  try {
    return await fetch(path, { ...init, headers, cache: 'no-store', credentials: 'omit' });
  } catch {
    throw new ApiError(0, 'The host does not answer.');
  }
}

async function checked(response: Response): Promise<Response> {
  if (response.ok) return response;
  const text = await response.text();
  let message = text;
  try {
    message = (JSON.parse(text) as { message?: string }).message ?? text;
  } catch {
    // Not the host's own answer: that of something between.
  }
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  throw new ApiError(
    response.status,
    message || `Status ${response.status}`,
    Number.isNaN(retryAfter) ? undefined : retryAfter,
  );
}
