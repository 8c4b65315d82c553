import type { IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import type { Environment } from '../../config/read-variables.js';
import { letterId, type LetterPlace } from '../../dead-letters/letter-id.js';
import type { ReplayReport, ReplayStopped } from '../../dead-letters/replay-report.js';
import { AdminClient, AdminRefusal, textOf } from '../admin-client.js';
import { CliError, EXIT_FAILED, EXIT_OK } from '../cli-error.js';
import { criteriaOf, FILTER_OPTIONS, JSON_OPTION, parsed, selectionOf } from './letter-arguments.js';
import { oneLine, visibleJson } from '../terminal-text.js';

const PATH = '/api/dead-letters';
/** What the host says of one letter, not of all: 404 there is none, 409 it cannot be replayed. */
const OF_ONE_LETTER = new Set([404, 409]);

/** What is told of a letter, also where the host has refused it. */
type Told =
  ReplayReport | ReplayStopped | { readonly id: string; readonly result: 'refused'; readonly message: string };

/** `tributary dead-letters replay`: asks a running host, whose sub-runtime it is that runs them. A line for each letter. */
export async function replayLetters(args: readonly string[], environment: Environment): Promise<number> {
  const options = { ...FILTER_OPTIONS, ...JSON_OPTION, all: { type: 'boolean' }, admin: { type: 'string' } } as const;
  const { values, positionals } = parsed(args, options);
  const selection = selectionOf(positionals, values);
  const client = AdminClient.fromEnvironment(values.admin, environment);
  const reports =
    selection.kind === 'ids'
      ? replayEach(client, selection.places)
      : replayMatching(client, values.all ? { all: true } : criteriaOf(values));
  let failed = false;
  for await (const report of reports) {
    process.stdout.write(`${values.json ? visibleJson(report) : oneLine(lineOf(report))}\n`);
    failed ||= report.result !== 'succeeded';
  }
  return failed ? EXIT_FAILED : EXIT_OK;
}

async function* replayEach(client: AdminClient, places: readonly LetterPlace[]): AsyncGenerator<Told> {
  for (const place of places) yield await replayOne(client, letterId(place));
}

async function replayOne(client: AdminClient, id: string): Promise<Told> {
  try {
    return JSON.parse(await textOf(await client.post(`${PATH}/${encodeURIComponent(id)}/replay`, {}))) as ReplayReport;
  } catch (error) {
    if (!(error instanceof AdminRefusal) || !OF_ONE_LETTER.has(error.status)) throw error;
    return { id, result: 'refused', message: error.message };
  }
}

async function* replayMatching(client: AdminClient, selection: object): AsyncGenerator<Told> {
  const response = await client.post(`${PATH}/replay`, selection);
  yield* reportsOf(response);
  if (!response.complete) throw new CliError('the host ended the connection before all letters were replayed');
}

async function* reportsOf(response: IncomingMessage): AsyncGenerator<Told> {
  // A connection that breaks ends the lines; whether it was the end is looked at afterwards.
  response.on('error', () => undefined);
  for await (const line of createInterface({ input: response })) {
    if (line !== '') yield JSON.parse(line) as Told;
  }
}

function lineOf(told: Told): string {
  const about = 'id' in told ? [told.id, ...('requestId' in told ? [told.trigger, told.requestId] : [])] : [];
  switch (told.result) {
    case 'succeeded':
      return [...about, 'succeeded, removed'].join('  ');
    case 'failed':
      return [...about, `${told.outcome}, kept: ${told.message}`].join('  ');
    case 'refused':
      return [...about, `refused: ${told.message}`].join('  ');
    case 'stopped':
      return `stopped: ${told.message}`;
  }
}
