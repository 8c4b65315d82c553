import { jetstreamManager } from '@nats-io/jetstream';
import { describe, expect, it, type TestContext } from 'vitest';
import { toolPath } from '../../scripts/tools.mjs';
import { blocksRunBy, documents, type Fence, isShell, readDocument } from '../support/documents.js';
import { connectTo } from '../support/nats-host.js';
import { startNatsServer } from '../support/nats-server.js';
import { until } from '../support/start-host.js';
import { RUNS_TYPESCRIPT } from '../support/sub-runtime.js';
import { TypedPage } from '../support/typed-page.js';

const NATS_SERVER = toolPath('nats-server');
const all = documents();

const DURABLE_HOST = `export ADMIN_TOKEN= SCW_HANDLER_PATH=$PWD/handler.js SCW_APPLICATION_NAME=shop SCW_PUBLIC=true
export TRIGGER_NATS_URL=nats://127.0.0.1:4222 TRIGGER_NATS_STREAM=ORDERS TRIGGER_NATS_SUBJECT='orders.>'
tributary start`;

/** What the readers of a page have typed before. */
const TYPED_BEFORE: Readonly<Record<string, readonly string[]>> = {
  'README.md': ['export TRIGGER_NATS_URL=nats://127.0.0.1:4222'],
  'docs/admin-port.md': [DURABLE_HOST],
  'docs/operations.md': [DURABLE_HOST, 'tributary send --no-reply orders.new wrong'],
};

/** The README of a function is typed in its folder, whole but for what needs an engine. */
const EXAMPLES = [
  { folder: 'examples/node', runs: true },
  { folder: 'examples/python', runs: toolPath('python3') !== undefined },
  { folder: 'examples/typescript', runs: RUNS_TYPESCRIPT },
];

const pages = all
  .filter(({ fences }) => fences.some(({ marks }) => marks['run-by'] === 'documents'))
  .map(({ page }) => page);

/** Types blocks, one after the other; what a `text` block right behind one says is what it prints. */
async function typeAll(page: TypedPage, blocks: readonly Fence[]): Promise<void> {
  for (const block of blocks) {
    const printed = await page.type(block);
    if (block.next?.language === 'text')
      expect(printed.trim(), `${block.page}:${block.line}`).toBe(block.next.code.trim());
  }
}

/** The example that a page lies in. */
function exampleOf(page: string): string | undefined {
  return /^(examples\/.+)\/README\.md$/.exec(page)?.[1];
}

/** The first that a page has; its readers have saved it. */
function triggersFileOf(page: string): string {
  const { fences } = readDocument(page);
  return (
    fences.find(({ language, code }) => language === 'yaml' && code.startsWith('triggers:'))?.code ?? 'triggers: []'
  );
}

/** With a nats-server of its own, and the stream that its readers have. */
async function openPage(
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  example?: string,
): Promise<{ page: TypedPage; letters: () => Promise<number> }> {
  const server = await startNatsServer({ jetstream: true });
  onTestFinished(() => server.stop());
  const client = await connectTo(server);
  onTestFinished(() => client.close());
  const manager = await jetstreamManager(client, { checkAPI: false });
  await manager.streams.add({ name: 'ORDERS', subjects: ['orders.>'] });
  const page = await TypedPage.open(server.url, example);
  onTestFinished(() => page.end());
  const letters = async () => (await manager.streams.info('TRIBUTARY_DEAD_LETTERS')).state.messages;
  return { page, letters };
}

describe.runIf(NATS_SERVER)('the commands of a document do what it says', { concurrent: true }, () => {
  it.for(pages)('%s', async (name, context) => {
    const { page, letters } = await openPage(context, exampleOf(name));
    page.write('triggers.yaml', triggersFileOf(name));
    const before = TYPED_BEFORE[name] ?? [];
    for (const code of before) await page.type({ code });
    if (name === 'docs/operations.md')
      await until('the dead letter', async () => (await letters().catch(() => 0)) === 1);
    await typeAll(page, blocksRunBy(name, 'documents'));
    if (name === 'docs/operations.md') expect(await letters()).toBe(0);
  });

  for (const { folder, runs } of EXAMPLES) {
    it.runIf(runs)(`${folder}/README.md`, async (context) => {
      const { page } = await openPage(context, folder);
      const { fences } = readDocument(`${folder}/README.md`);
      const blocks = fences.filter((fence) => isShell(fence) && !fence.code.includes('docker '));
      expect(blocks.length).toBeGreaterThan(3);
      await typeAll(page, blocks);
    });
  }
});

const settings = all
  .map(({ page, fences }) => ({
    page,
    blocks: fences.filter((fence) => isShell(fence) && /^export /m.test(fence.code)),
  }))
  .filter(({ blocks }) => blocks.length > 0);

describe('the variables that a document sets are accepted by tributary explain', { concurrent: true }, () => {
  it.for(settings)('$page', async ({ page: name, blocks }, { onTestFinished }) => {
    const page = await TypedPage.open('nats://127.0.0.1:4222', exampleOf(name));
    onTestFinished(() => page.end());
    page.write('triggers.yaml', triggersFileOf(name));
    // What a page of Go has built, and an interpreter that not everybody has.
    for (const program of ['handler', 'node_modules/.bin/ruby']) page.write(program, '#!/bin/sh\n', 0o755);
    for (const block of blocks) {
      const explained = await page.explain(block).catch((error: Error) => error.message);
      expect(explained, `${name}:${block.line}`).toMatch(/^ {2}function /);
    }
  });

  it('on more than a few pages', () => {
    expect(settings.length).toBeGreaterThan(8);
  });
});
