/**
 * - `starting`: a process runs, or will within 100 ms, and does not listen yet
 * - `ready`: takes invocations
 * - `backing-off`: died early, starts again later
 * - `stopping`, `stopped`: the shutdown
 */
export type WorkerState = 'starting' | 'ready' | 'backing-off' | 'stopping' | 'stopped';
