import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { until } from './start-host.js';

/** A span as it came over the wire, its attributes by their names. */
export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly traceState?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly events: readonly { readonly name: string; readonly timeUnixNano: string }[];
  readonly status: { readonly code?: number; readonly message?: string };
}

export interface CollectedExport {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** A collector that takes OTLP/HTTP JSON, or does with it what a test wants. */
export interface Collector {
  readonly url: string;
  readonly exports: readonly CollectedExport[];
  /** Attributes of the resource of the first export. */
  resource(): Record<string, string>;
  spans(): CollectedSpan[];
  /** Resolves with the first span that fits. */
  span(what: string, fits: (span: CollectedSpan) => boolean): Promise<CollectedSpan>;
  close(): Promise<void>;
}

type RawAttribute = { key: string; value: { stringValue?: string; intValue?: string } };
type RawSpan = Omit<CollectedSpan, 'attributes'> & { attributes: RawAttribute[] };
interface RawExport {
  resourceSpans: { resource: { attributes: RawAttribute[] }; scopeSpans: { spans: RawSpan[] }[] }[];
}

const takeAll = (response: ServerResponse): unknown =>
  response.setHeader('content-type', 'application/json').end('{"partialSuccess":{}}');

/** @param answer What it does with the n-th export, from 1. */
export async function startCollector(
  answer: (response: ServerResponse, count: number) => unknown = takeAll,
): Promise<Collector> {
  const exports: CollectedExport[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      exports.push({ path: request.url ?? '', headers: request.headers, text });
      answer(response, exports.length);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const parsed = () => exports.filter(({ text }) => text !== '').map(({ text }) => JSON.parse(text) as RawExport);
  const spans = () =>
    parsed().flatMap(({ resourceSpans }) =>
      resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans: all }) => all.map(readSpan))),
    );
  return {
    url: `http://127.0.0.1:${port}`,
    exports,
    resource: () => attributesOf(parsed()[0]?.resourceSpans[0]?.resource.attributes ?? []),
    spans,
    span: (what, fits) => until(`a span: ${what}`, () => spans().find(fits), 20_000),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function readSpan(span: RawSpan): CollectedSpan {
  return { ...span, attributes: attributesOf(span.attributes) };
}

function attributesOf(attributes: readonly RawAttribute[]): Record<string, string> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue ?? '']));
}
