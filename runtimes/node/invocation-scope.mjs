import { AsyncLocalStorage } from 'node:async_hooks';

const storage = new AsyncLocalStorage();

/** One run of a handler, and what it started: timers, promises, callbacks, whenever they come. */
export class InvocationScope {
  /** Whether it has been answered. What it started may go on. */
  ended = false;
  requestId;

  constructor(requestId) {
    this.requestId = typeof requestId === 'string' && requestId !== '' ? requestId : undefined;
  }

  run(call, ...args) {
    return storage.run(this, call, ...args);
  }
}

/** The scope of the code that runs now; `undefined` outside of any, such as while a module is loaded. */
export function currentScope() {
  return storage.getStore();
}
