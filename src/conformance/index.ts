export { Conformance, checkConformance } from './conformance.js';
export type { CaseResult, ConformanceCase } from './conformance-case.js';
export { ALL_CLAIMS, CLAIMS, type Claim, type ConformanceTarget } from './conformance-target.js';
export { SUITE } from './suite.js';
export { SubRuntimeUnderTest } from './sub-runtime-under-test.js';
