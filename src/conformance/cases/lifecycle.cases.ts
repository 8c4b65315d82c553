import assert from 'node:assert/strict';
import type { ConformanceCase } from '../conformance-case.js';
import { bodyText, httpEvent, succeeded } from '../expectations.js';

/** Its start and its end. */
export const lifecycleCases: readonly ConformanceCase[] = [
  {
    title: 'section 7: what the function prints is seen at once, not when the sub-runtime ends',
    async run(subRuntime) {
      succeeded(await subRuntime.invoke('slow', httpEvent('1')));
      await subRuntime.untilPrinted('slow begins: 1');
    },
  },
  {
    title: 'section 7: what the function prints bears the id of its invocation, of several at once, too',
    needs: 'invocation-logs',
    async run(subRuntime) {
      const bodies = ['2', '3', '4'];
      const runs = bodies.map((body) => subRuntime.invoke('slow', httpEvent(body), { requestId: `log-${body}` }));
      (await Promise.all(runs)).forEach(succeeded);
      for (const body of bodies) {
        await subRuntime.untilPrinted(`slow begins: ${body}`);
        const line = subRuntime.output.find((candidate) => candidate.endsWith(`slow begins: ${body}`));
        assert.equal(line, `[log-${body}] slow begins: ${body}`);
      }
    },
  },
  {
    title: 'section 7: it ends at SIGTERM',
    async run(subRuntime) {
      succeeded(await subRuntime.invoke('echo', httpEvent('')));
      subRuntime.terminate();
      await subRuntime.exited;
    },
  },
  {
    title: 'section 7: at SIGTERM what is in flight is answered first; then it ends, with exit code 0',
    needs: 'drain',
    async run(subRuntime) {
      const inFlight = subRuntime.invoke('slow', httpEvent('500'));
      await subRuntime.untilPrinted('slow begins: 500');
      subRuntime.terminate();
      assert.match(bodyText(succeeded(await inFlight)), /slow ended/);
      assert.equal((await subRuntime.exited).code, 0);
    },
  },
];
