import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { monotonicNow } from '../../config/monotonic-clock.js';
import { HostError } from '../../errors.js';
import { ownerOfPort } from './listener-owner.js';
import type { SubRuntimeProcess } from './sub-runtime-process.js';

/** Where a sub-runtime listens. */
export type Upstream = { readonly socketPath: string } | { readonly host: string; readonly port: number };

const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 25;

/**
 * Resolves with the place where the sub-runtime accepts connections: its socket, or its port if the listener there is
 * of its own group. Rejects with a `HostError` if it ends first, does not listen within `timeoutMs`, or if somebody else holds the port.
 */
export async function untilListening(subRuntime: SubRuntimeProcess, timeoutMs: number): Promise<Upstream> {
  let ended = false;
  void subRuntime.exited.then(() => (ended = true));
  const giveUpAt = monotonicNow() + timeoutMs;
  let foreign = false;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    const { socketPath, host, port, pid } = subRuntime;
    if (!ended && socketPath && existsSync(socketPath) && (await accepts({ socketPath }))) return { socketPath };
    if (!ended && !foreign && pid !== undefined && (await accepts({ host, port }))) {
      if (ownerOfPort(port, pid) !== 'foreign') return { host, port };
      foreign = true;
    }
    if (ended) throw await explainExit(subRuntime, foreign);
    if (monotonicNow() > giveUpAt) throw explainSilence(subRuntime, foreign, timeoutMs);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

async function explainExit(subRuntime: SubRuntimeProcess, foreign: boolean): Promise<HostError> {
  const { code, signal, error } = await subRuntime.exited;
  if (error) {
    return new HostError('SUB_RUNTIME_NOT_FOUND', `The sub-runtime cannot be started: ${error.message}`, {
      cause: error,
    });
  }
  if (foreign) return foreignListener(subRuntime);
  const how = signal ? `was ended by ${signal}` : `ended with exit code ${code}`;
  return new HostError(
    'SUB_RUNTIME_EXITED',
    `The sub-runtime ${how} before it listened; its own output, above, says why. It must serve POST / on ` +
      'SCW_UPSTREAM_SOCKET or SCW_UPSTREAM_PORT.',
  );
}

function explainSilence(subRuntime: SubRuntimeProcess, foreign: boolean, timeoutMs: number): HostError {
  if (foreign) return foreignListener(subRuntime);
  return new HostError(
    'SUB_RUNTIME_START_TIMEOUT',
    `The sub-runtime did not listen on SCW_UPSTREAM_SOCKET or port ${subRuntime.port} within ${timeoutMs} ms; ` +
      'if it needs longer to load, raise SUB_RUNTIME_START_TIMEOUT_MS.',
  );
}

function foreignListener({ port }: SubRuntimeProcess): HostError {
  return new HostError(
    'SUB_RUNTIME_FOREIGN_LISTENER',
    `Port ${port} is held by a process that is not the sub-runtime; end that process or set SCW_UPSTREAM_PORT to a free port.`,
  );
}

const CONNECT_MS = 1_000;

function accepts(upstream: Upstream): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect('socketPath' in upstream ? { path: upstream.socketPath } : upstream);
    const settle = (accepted: boolean) => {
      socket.destroy();
      resolve(accepted);
    };
    socket.setTimeout(CONNECT_MS, () => settle(false));
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}
