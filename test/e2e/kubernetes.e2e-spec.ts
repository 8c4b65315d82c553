import { describe, expect, it, onTestFinished } from 'vitest';
import { startHost } from '../support/start-host.js';

/** What Kubernetes injects for a service called `admin`. */
const ADMIN_LINKS = {
  ADMIN_PORT: 'tcp://10.0.0.1:80',
  ADMIN_SERVICE_HOST: '10.0.0.1',
  ADMIN_SERVICE_PORT: '80',
  ADMIN_SERVICE_PORT_HTTP: '80',
  ADMIN_PORT_80_TCP: 'tcp://10.0.0.1:80',
  ADMIN_PORT_80_TCP_PROTO: 'tcp',
  ADMIN_PORT_80_TCP_PORT: '80',
  ADMIN_PORT_80_TCP_ADDR: '10.0.0.1',
};

/** The same for services called as our variables begin, which would be unknown variables otherwise. */
const OTHER_LINKS = {
  TRIGGER_NATS_PORT: 'tcp://10.0.0.2:4222',
  TRIGGER_NATS_PORT_4222_TCP_ADDR: '10.0.0.2',
  INVOCATION_SERVICE_HOST: '10.0.0.3',
  SUB_RUNTIME_SERVICE_PORT: '80',
  SUB_RUNTIME_PORT: 'udp://10.0.0.3:80',
};

describe("section 1: Kubernetes' service links, through the real host", () => {
  it('section 1: ADMIN_PORT=tcp://… is ignored, so the admin port is the default one', async () => {
    const host = await startHost({ env: ADMIN_LINKS, started: 'spawned' });
    onTestFinished(async () => void (await host.stop('SIGKILL')));
    // Where another process of this machine has that port, the host ends and names it.
    const listens = 'The admin port listens on http://127\\.0\\.0\\.1:9464"';
    await host.outputs(new RegExp(`${listens}|ADMIN_PORT 9464 is taken by another process`));
    expect(host.output()).not.toContain('10.0.0.1');
  });

  it('section 1: links are no unknown variables, and the function gets them', async () => {
    const links = { ...ADMIN_LINKS, ...OTHER_LINKS };
    const host = await startHost({ env: { ...links, ADMIN_ENABLED: 'false' } });
    onTestFinished(async () => void (await host.stop()));
    const environment: unknown = await (await fetch(`${host.url}/environment`)).json();
    expect(environment).toMatchObject(links);
  });

  it('section 1: what only looks like a link of ours is refused', async () => {
    const host = await startHost({ env: { ADMIN_PORT: '10.0.0.1:80' }, started: 'spawned' });
    onTestFinished(async () => void (await host.stop('SIGKILL')));
    await host.outputs('ADMIN_PORT: expected');
    expect(await host.exited).toEqual({ code: 78, signal: null });
  });
});
