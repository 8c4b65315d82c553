import * as bare from './bare.mjs';
import * as direct from './direct.mjs';
import * as functionsFramework from './functions-framework.mjs';
import * as tributary from './tributary.mjs';

/**
 * Something that takes requests for a workload and answers them.
 *
 * @typedef {import('../lib/processes.mjs').BenchProcess & {
 *   name: string,
 *   requestOf: (workload: import('../lib/workloads.mjs').Workload) => Parameters<import('../lib/load.mjs').Load>[0],
 *   answerOf: (text: string) => string,
 *   workerPids?: () => Promise<number[]>,
 * }} Contender Its `pid` is the process whose CPU and memory count; `answerOf` finds the handler's body in an answer, `workerPids` the
 *   processes of its sub-runtimes.
 */

/** In the order of each round. */
export const CONTENDERS = [direct, tributary, functionsFramework, bare];
