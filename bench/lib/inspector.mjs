import { WebSocket } from 'undici';
import { ask } from './ask.mjs';

const PATIENCE_MS = 30_000;

/**
 * What the heap of a process holds after a collection, in bytes: `process.memoryUsage()`. Asked over its inspector, so that nothing has
 * to be built into it; attached only for as long as this takes.
 *
 * @param {number} port Of its inspector, on loopback.
 * @returns {Promise<NodeJS.MemoryUsage>}
 */
export async function memoryAfterCollection(port) {
  const { text } = await ask({ url: `http://127.0.0.1:${port}/json/list` });
  const session = await attach(JSON.parse(text)[0].webSocketDebuggerUrl);
  try {
    await session.call('HeapProfiler.enable');
    // What a first collection finalizes, the second frees.
    await session.call('HeapProfiler.collectGarbage');
    await session.call('HeapProfiler.collectGarbage');
    const expression = 'JSON.stringify(process.memoryUsage())';
    const { result } = await session.call('Runtime.evaluate', { expression });
    return JSON.parse(result.value);
  } finally {
    session.close();
  }
}

async function attach(url) {
  const socket = new WebSocket(url);
  const waiting = new Map();
  socket.addEventListener('message', ({ data }) => {
    const { id, result, error } = JSON.parse(data);
    // Those without an id are events.
    if (id === undefined) return;
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    if (error) reject(new Error(error.message));
    else resolve(result);
  });
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', () => reject(new Error(`no inspector at ${url}`)));
  });
  let calls = 0;
  const call = (method, params = {}) => {
    const id = ++calls;
    const answered = new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      setTimeout(() => reject(new Error(`${method} takes too long`)), PATIENCE_MS).unref();
    });
    socket.send(JSON.stringify({ id, method, params }));
    return answered;
  };
  return { call, close: () => socket.close() };
}
