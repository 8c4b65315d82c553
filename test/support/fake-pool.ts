import type { Availability } from '../../src/invocation/sub-runtime/sub-runtime.pool.js';
import type { Dispatch, DispatchResult } from '../../src/invocation/sub-runtime/sub-runtime.worker.js';

/** Stands for the sub-runtime: keeps what is dispatched until a test answers it. */
export class FakePool {
  availability: Availability = 'ready';
  retryAfterSeconds = 7;
  onAvailabilityChange = () => undefined;
  hasWaiting = () => false;
  readonly dispatched: { body: string; headers: string[]; dispatch: Dispatch }[] = [];
  readonly worker = {
    index: 0,
    dispatch: (body: string, headers: string[], dispatch: Dispatch) => {
      this.dispatched.push({ body, headers, dispatch });
    },
    timeout: (dispatch: Dispatch) => (dispatch.timedOut = true),
    noticeWaiting: () => undefined,
  };
  readonly workers = [this.worker];
  leastBusy = () => this.worker;

  become(availability: Availability): void {
    this.availability = availability;
    this.onAvailabilityChange();
  }

  answer(index: number, result: Partial<Extract<DispatchResult, { kind: 'answered' }>> | DispatchResult = {}): void {
    const answered = { kind: 'answered', statusCode: 200, contentType: '', body: Buffer.from('ok') };
    this.dispatched[index]?.dispatch.onResult({ ...answered, ...result } as DispatchResult);
  }
}
