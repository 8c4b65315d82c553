import { parseObject } from './json-object.js';

const RESET = '\u001b[0m';
const DIM = '\u001b[2m';
const COLOURS: Record<string, string> = {
  trace: DIM,
  debug: DIM,
  info: '\u001b[32m',
  warn: '\u001b[33m',
  error: '\u001b[31m',
  fatal: '\u001b[1;31m',
};
const SCOPE_WIDTH = 12;

/** Shown elsewhere in the line, or of no use to someone who looks at it. */
const NOT_LISTED = new Set([
  'level',
  'time',
  'msg',
  'context',
  'trigger',
  'type',
  'outcome',
  'err',
  'stream',
  'state',
  'port',
  'url',
]);
/** What is usual where it is 0: the first worker, no time of waiting. */
const USUALLY_ZERO = new Set(['worker', 'waitedMs']);

/** What could rewrite the screen of whoever reads. */
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/**
 * A line for a terminal from a JSON line of pino: time, level, trigger or context, message, fields. A line feed in a
 * text becomes an indented line, other control characters are escaped. What is no JSON line is returned as it is.
 */
export function prettyLine(line: string, colours: boolean): string {
  const fields = parseObject(line);
  if (!fields) return line;
  const paint = (colour: string, text: string) => (colours && text !== '' ? `${colour}${text}${RESET}` : text);
  const level = textOf(fields['level']);
  const head = [
    paint(DIM, localTime(textOf(fields['time']))),
    paint(COLOURS[level] ?? '', level.toUpperCase().padEnd(5)),
    textOf(fields['trigger'] ?? fields['context']).padEnd(SCOPE_WIDTH),
    textOf(fields['msg']),
  ];
  const listed = Object.entries(fields).filter(
    ([name, value]) => !NOT_LISTED.has(name) && !(value === 0 && USUALLY_ZERO.has(name)),
  );
  const tail = listed.map(([name, value]) => paint(DIM, `${name}=${textOf(value)}`));
  return `${[...head, ...tail].join(' ')}${stackOf(fields['err'])}\n`;
}

function localTime(iso: string): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return iso;
  return `${time.toTimeString().slice(0, 8)}.${String(time.getMilliseconds()).padStart(3, '0')}`;
}

function textOf(value: unknown): string {
  if (value === undefined) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.replace(CONTROL, escapeOf).replaceAll('\n', '\n    ');
}

function escapeOf(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** The stack of an error as pino serialises it. */
function stackOf(err: unknown): string {
  if (typeof err !== 'object' || err === null) return '';
  const { stack, message } = err as { stack?: unknown; message?: unknown };
  return `\n    ${textOf(stack ?? message)}`;
}
