const undone = new Set();

/**
 * Remembers what has to be ended in order if this process is interrupted.
 *
 * @param {() => Promise<void>} end Ends it for good; may be called twice.
 * @returns {() => void} Forgets it: it has ended.
 */
export function endIfInterrupted(end) {
  undone.add(end);
  return () => undone.delete(end);
}

/** Ends the process in order at the first signal, at once at the second. What is on a leash goes with it in any case. */
export function exitOnSignals(code) {
  let ending = false;
  const interrupt = () => {
    if (ending) process.exit(code);
    ending = true;
    const ended = [...undone].toReversed().map((end) => end());
    void Promise.allSettled(ended).then(() => process.exit(code));
  };
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, interrupt);
}
