import { join } from 'node:path';
import { expect } from 'vitest';
import { answersIn, expectPlain, type RawAnswer } from './raw-answers.js';
import { rawExchange } from './raw-http.js';
import { HANDLERS, type Host, startHost } from './start-host.js';

export interface RecordedEvent {
  readonly [member: string]: unknown;
  readonly httpMethod: string;
  readonly path: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly queryStringParameters: Readonly<Record<string, string>>;
}

/** A host whose function remembers every event that it was given. */
export interface RecordingHost {
  readonly host: Host;
  /** A text that no other test has. It stands in the path of each request of a test, so that its events can be told. */
  nonce(): string;
  /** The events that have a text in them; all of them by default. */
  recorded(text?: string): Promise<RecordedEvent[]>;
  /**
   * Writes bytes as they are, and asserts that there is one answer with this status, as the host gives them, that the
   * connection is closed after it, and that the function was never invoked.
   */
  expectRefused(request: (nonce: string) => string, status: number): Promise<RawAnswer>;
  /** Writes bytes as they are; the last request must close the connection. Gives the paths and bodies of the events, too. */
  exchange(
    request: (nonce: string) => string,
  ): Promise<{ answers: RawAnswer[]; events: RecordedEvent[]; nonce: string }>;
}

let nonces = 0;

export async function startRecorder(env: Record<string, string> = {}): Promise<RecordingHost> {
  const host = await startHost({ env: { SCW_HANDLER_PATH: join(HANDLERS, 'recorder.cjs'), ...env } });
  const nonce = () => `n${++nonces}-${Math.random().toString(36).slice(2)}`;
  const recorded = async (text = '') => {
    const answer = await fetch(`${host.url}/recorded`, { method: 'POST', body: text });
    return (await answer.json()) as RecordedEvent[];
  };
  const exchange: RecordingHost['exchange'] = async (request) => {
    const own = nonce();
    const answers = answersIn(await rawExchange(host.port, Buffer.from(request(own), 'latin1')));
    // Pipelined requests run side by side.
    const events = (await recorded(own)).sort((a, b) => a.path.localeCompare(b.path));
    return { answers, events, nonce: own };
  };
  return {
    host,
    nonce,
    recorded,
    exchange,
    expectRefused: async (request, status) => {
      const { answers, events } = await exchange(request);
      expect(answers.map((answer) => answer.status)).toEqual([status]);
      expect(events).toEqual([]);
      const [answer] = answers as [RawAnswer];
      expect(answer.headers.get('connection')).toBe('close');
      expectPlain(answer);
      return answer;
    },
  };
}

/** Runs a check for each of the 256 bytes, several at a time, and names the byte that fails. */
export async function forEachByte(check: (byte: string, code: number) => Promise<void>): Promise<void> {
  for (let first = 0; first < 256; first += 32) {
    const codes = Array.from({ length: 32 }, (_, index) => first + index);
    await Promise.all(
      codes.map(async (code) => {
        try {
          await check(String.fromCharCode(code), code);
        } catch (error) {
          throw new Error(`with the byte 0x${code.toString(16)}`, { cause: error });
        }
      }),
    );
  }
}
