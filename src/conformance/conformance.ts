import { messageOf } from '../errors.js';
import type { CaseResult, ConformanceCase } from './conformance-case.js';
import { CLAIMS, type ConformanceTarget } from './conformance-target.js';
import { SUITE } from './suite.js';
import { SubRuntimeUnderTest } from './sub-runtime-under-test.js';

/** For one case, by default. */
const TIMEOUT_MS = 30_000;

/** Checks one sub-runtime, case by case; starts it when it is needed, and again where a case has ended it. */
export class Conformance {
  private running: SubRuntimeUnderTest | undefined;

  /** @param timeoutMs Milliseconds that one case may take. */
  constructor(
    private readonly target: ConformanceTarget,
    private readonly timeoutMs = TIMEOUT_MS,
  ) {}

  /** Never rejects: what goes wrong is a reason. */
  async check(conformanceCase: ConformanceCase): Promise<CaseResult> {
    const { needs } = conformanceCase;
    if (needs && !this.target.claims.includes(needs)) {
      return { kind: 'skipped', reason: `does not claim ${needs}: ${CLAIMS[needs]}` };
    }
    try {
      const subRuntime = await this.ready();
      await within(this.timeoutMs, conformanceCase.run(subRuntime));
      return { kind: 'held' };
    } catch (error) {
      const printed = this.running?.output.slice(-10) ?? [];
      await this.close();
      return { kind: 'failed', reason: [messageOf(error), ...printed].join('\n') };
    }
  }

  /** Ends the sub-runtime. */
  async close(): Promise<void> {
    const subRuntime = this.running;
    this.running = undefined;
    await subRuntime?.stop();
  }

  private async ready(): Promise<SubRuntimeUnderTest> {
    if (this.running && !this.running.isAlive) await this.close();
    this.running ??= await SubRuntimeUnderTest.start(this.target);
    return this.running;
  }
}

/** Checks everything, one case after another. */
export async function* checkConformance(
  target: ConformanceTarget,
): AsyncGenerator<{ readonly title: string; readonly result: CaseResult }> {
  const conformance = new Conformance(target);
  try {
    for (const conformanceCase of SUITE) {
      yield { title: conformanceCase.title, result: await conformance.check(conformanceCase) };
    }
  } finally {
    await conformance.close();
  }
}

async function within<T>(milliseconds: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`it took more than ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
