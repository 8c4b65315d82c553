import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Environment } from '../../config/read-variables.js';
import { messageOf } from '../../errors.js';
import { PUBLISH_SUBJECT } from '../../nats/nats-subject.js';
import { parseTarget, type Target } from '../../triggers/http/http.target.js';
import type { CliError } from '../cli-error.js';
import { parseCommand, usageError } from '../command-line.js';
import { readHeaderArgument } from '../header-argument.js';

export type HeaderArguments = readonly (readonly [string, string])[];

/** What is to be handed to the function. */
export type SampleRequest =
  | { readonly type: 'http'; method: string; target: Target; headers: HeaderArguments; data: Buffer }
  | { readonly type: 'cron'; readonly args: unknown }
  | { readonly type: 'nats'; readonly subject: string; headers: HeaderArguments; data: Buffer }
  /** As it is. */
  | { readonly type: 'event'; readonly json: unknown };

/** What the arguments ask for. */
export interface InvokeArguments {
  readonly handlerPath: string;
  /** The exported function. */
  readonly functionName: string | undefined;
  readonly request: SampleRequest;
}

const OPTIONS = {
  handler: { type: 'string' },
  function: { type: 'string' },
  type: { type: 'string' },
  event: { type: 'string' },
  method: { type: 'string' },
  path: { type: 'string' },
  header: { type: 'string', multiple: true },
  data: { type: 'string' },
  'data-file': { type: 'string' },
  args: { type: 'string' },
  subject: { type: 'string' },
} as const;

type Values = ReturnType<typeof parse>;

/** Options that say what the event is, by the type that has them. */
const OPTIONS_OF: Readonly<Record<string, readonly (keyof Values)[]>> = {
  http: ['method', 'path', 'header', 'data', 'data-file'],
  cron: ['args'],
  nats: ['subject', 'header', 'data', 'data-file'],
  event: [],
};

const SAYS_WHAT = [...new Set(Object.values(OPTIONS_OF).flat())];
const METHOD = /^[!#$%&'*+.^_`|~\w-]+$/;

/** Reads the arguments, and the files that they name. */
export function readInvokeArguments(args: string[], environment: Environment): InvokeArguments {
  const values = parse(args);
  const handlerPath = values.handler ?? environment['SCW_HANDLER_PATH'] ?? '';
  if (handlerPath === '') throw usage('expected --handler PATH, or SCW_HANDLER_PATH');
  return { handlerPath: resolve(handlerPath), functionName: values.function, request: requestOf(values) };
}

export function usage(message: string): CliError {
  return usageError('invoke', message);
}

function parse(args: string[]) {
  return parseCommand('invoke', { args, options: OPTIONS }).values;
}

function requestOf(values: Values): SampleRequest {
  if (values.event !== undefined && values.type !== undefined) throw usage('--event and --type contradict each other');
  const type = values.event === undefined ? (values.type ?? 'http') : 'event';
  const allowed = Object.hasOwn(OPTIONS_OF, type) ? OPTIONS_OF[type] : undefined;
  if (!allowed) throw usage(`--type ${JSON.stringify(type)} is none of http, cron, nats`);
  const stray = SAYS_WHAT.find((name) => values[name] !== undefined && !allowed.includes(name));
  if (stray !== undefined)
    throw usage(`--${stray} means nothing for ${type === 'event' ? '--event' : `--type ${type}`}`);
  switch (type) {
    case 'cron':
      return { type, args: values.args === undefined ? undefined : json('--args', values.args) };
    case 'nats':
      return { type, subject: subjectOf(values), headers: headersOf(values), data: dataOf(values) };
    case 'event':
      return { type, json: json(`--event ${values.event}`, fileOf('--event', values.event ?? '').toString('utf8')) };
    default:
      return httpRequest(values);
  }
}

function httpRequest(values: Values): SampleRequest {
  const data = dataOf(values);
  const method = values.method ?? (data.length > 0 ? 'POST' : 'GET');
  if (!METHOD.test(method)) throw usage(`--method ${JSON.stringify(method)} is no method of HTTP`);
  const path = values.path ?? '/';
  const target = path.startsWith('/') ? parseTarget(path, method) : undefined;
  if (!target) throw usage(`--path ${JSON.stringify(path)} is no path such as /orders?id=7`);
  return { type: 'http', method, target, headers: headersOf(values), data };
}

function subjectOf({ subject }: Values): string {
  if (subject === undefined) throw usage('expected --subject, such as orders.new');
  if (!PUBLISH_SUBJECT.test(subject))
    throw usage(`--subject ${JSON.stringify(subject)} is no subject without wildcards`);
  return subject;
}

function headersOf({ header = [] }: Values): HeaderArguments {
  return header.map((text) => {
    const read = readHeaderArgument(text);
    if (!read) throw usage(`--header ${JSON.stringify(text)} is not 'Name: value'`);
    return read;
  });
}

function dataOf(values: Values): Buffer {
  if (values['data-file'] === undefined) return Buffer.from(values.data ?? '');
  if (values.data !== undefined) throw usage('--data and --data-file contradict each other');
  return fileOf('--data-file', values['data-file']);
}

/** `-` is standard input. */
function fileOf(option: string, path: string): Buffer {
  try {
    return readFileSync(path === '-' ? 0 : path);
  } catch (error) {
    throw usage(`${option} ${path} cannot be read: ${messageOf(error)}`);
  }
}

function json(what: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw usage(`${what} is no JSON: ${messageOf(error)}`);
  }
}
