import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HANG_MS, HangDetector } from './hang-detector.js';

describe('section 7: a silent sub-runtime', () => {
  let otherWork = true;
  const onHang = vi.fn();
  const detector = () => new HangDetector({ hasOtherWork: () => otherWork, onHang });

  beforeEach(() => {
    vi.useFakeTimers();
    otherWork = true;
    onHang.mockReset();
  });
  afterEach(() => vi.useRealTimers());

  it('is one that completes nothing for 10 s after a timeout while other work runs or waits', () => {
    detector().timeout();
    vi.advanceTimersByTime(HANG_MS - 1);
    expect(onHang).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(onHang).toHaveBeenCalledOnce();
  });

  it('is not one that has nothing else to do', () => {
    otherWork = false;
    detector().timeout();
    vi.advanceTimersByTime(HANG_MS * 10);
    expect(onHang).not.toHaveBeenCalled();
  });

  it('gets the 10 s from the moment at which other work comes', () => {
    otherWork = false;
    const hangs = detector();
    hangs.timeout();
    vi.advanceTimersByTime(HANG_MS * 10);
    otherWork = true;
    hangs.work();
    vi.advanceTimersByTime(HANG_MS - 1);
    expect(onHang).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(onHang).toHaveBeenCalledOnce();
  });

  it('gets another 10 s for everything that it completes', () => {
    const hangs = detector();
    hangs.timeout();
    for (let i = 0; i < 5; i++) {
      vi.advanceTimersByTime(HANG_MS - 1);
      hangs.completion(false);
    }
    expect(onHang).not.toHaveBeenCalled();
    vi.advanceTimersByTime(HANG_MS);
    expect(onHang).toHaveBeenCalledOnce();
  });

  it('is not suspected without a timeout, nor once what timed out has completed', () => {
    const hangs = detector();
    hangs.work();
    hangs.timeout();
    hangs.completion(true);
    hangs.work();
    vi.advanceTimersByTime(HANG_MS * 10);
    expect(onHang).not.toHaveBeenCalled();
  });
});
