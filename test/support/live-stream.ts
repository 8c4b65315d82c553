import { type IncomingMessage, request } from 'node:http';
import { until } from './start-host.js';

export type LiveLine = Readonly<Record<string, unknown>>;

export interface LiveReader {
  /** All that came so far. */
  readonly lines: readonly LiveLine[];
  readonly response: IncomingMessage;
  /** Resolves with the first line that fits, also one of the past. */
  line(matches: (line: LiveLine) => boolean): Promise<LiveLine>;
  /** Resolves with how it ended, once it has. */
  readonly ended: Promise<'complete' | 'cut off'>;
  close(): void;
}

/** Reads the live stream of an admin port. Resolves once there is an answer; its status is in `response`. */
export function readLive(adminUrl: string, headers: Record<string, string> = {}): Promise<LiveReader> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${adminUrl}/api/invocations/live`, { headers, agent: false }, (response) => {
      const lines: LiveLine[] = [];
      let rest = '';
      response.on('data', (chunk: Buffer) => {
        const parts = (rest + chunk.toString()).split('\n');
        rest = parts.pop() ?? '';
        lines.push(...parts.map((line) => JSON.parse(line) as LiveLine));
      });
      response.on('error', () => undefined);
      resolve({
        lines,
        response,
        line: (matches) => until('a line of the live stream', () => lines.find(matches)),
        ended: new Promise((end) => response.once('close', () => end(response.complete ? 'complete' : 'cut off'))),
        close: () => outgoing.destroy(),
      });
    });
    outgoing.once('error', reject).end();
  });
}
