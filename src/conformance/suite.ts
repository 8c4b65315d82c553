import { connectionCases } from './cases/connection.cases.js';
import { errorCases } from './cases/error.cases.js';
import { eventCases } from './cases/event.cases.js';
import { lifecycleCases } from './cases/lifecycle.cases.js';
import { resultCases } from './cases/result.cases.js';
import type { ConformanceCase } from './conformance-case.js';

/** The wire protocol, sentence by sentence; those that end the sub-runtime come last. */
export const SUITE: readonly ConformanceCase[] = [
  ...eventCases,
  ...resultCases,
  ...errorCases,
  ...connectionCases,
  ...lifecycleCases,
];
