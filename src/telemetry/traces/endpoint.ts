import { readKeyValues } from './key-values.js';
import type { TracesConfig } from './traces.config.js';

/** Where spans go. */
export interface Endpoint {
  /** The variable that says it, to be named to whoever has to mend it. */
  readonly variable: string;
  readonly url: string;
  /** The URL without what it may hold of secrets, for logs. */
  readonly shown: string;
  /** Names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
}

type Warn = (message: string) => void;

/** RFC 9110, 5.1 and 5.5. */
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const VALUE = /^[\t\x20-\x7e]*$/;
/** What is said by the client itself. */
const FRAMING = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
]);

/** `undefined` where it is none for HTTP, which is warned of. */
export function readEndpoint(config: TracesConfig, warn: Warn): Endpoint | undefined {
  const { endpoint, tracesEndpoint } = config;
  const variable = tracesEndpoint === undefined ? 'OTEL_EXPORTER_OTLP_ENDPOINT' : 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT';
  const url = parse(tracesEndpoint ?? endpoint ?? '');
  if (!url) {
    warn(`${variable}: expected a URL that begins with http:// or https://; the host exports no spans.`);
    return undefined;
  }
  if (tracesEndpoint === undefined) url.pathname = `${url.pathname.replace(/\/+$/, '')}/v1/traces`;
  const headers = { ...credentialsOf(url), ...headersOf(config, warn) };
  [url.username, url.password, url.hash] = ['', '', ''];
  const shown = `${url.origin}${url.pathname}`;
  return { variable, url: url.href, shown, headers: { ...headers, 'content-type': 'application/json' } };
}

function parse(text: string): URL | undefined {
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : undefined;
  return url?.protocol === 'http:' || url?.protocol === 'https:' ? url : undefined;
}

/** `fetch` takes no URL with a user in it (RFC 7617 is what others make of one). */
function credentialsOf({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {};
  const pair = [username, password].map(decoded).join(':');
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function headersOf({ headers, tracesHeaders }: TracesConfig, warn: Warn): Record<string, string> {
  const variable = tracesHeaders === undefined ? 'OTEL_EXPORTER_OTLP_HEADERS' : 'OTEL_EXPORTER_OTLP_TRACES_HEADERS';
  const { pairs, invalid } = readKeyValues(tracesHeaders ?? headers ?? '', isHeader);
  if (invalid > 0) warn(`${variable}: ${invalid} of its parts are no name=value of a header and are left out.`);
  return Object.fromEntries(pairs.map(([name, value]) => [name.toLowerCase(), value]));
}

function isHeader(name: string, value: string): boolean {
  return NAME.test(name) && VALUE.test(value) && !FRAMING.has(name.toLowerCase());
}
