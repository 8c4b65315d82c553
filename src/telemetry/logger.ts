import { isatty } from 'node:tty';
import { type DestinationStream, type Logger, pino } from 'pino';
import type { LogConfig } from './log.config.js';
import { LogOutput } from './log-output.js';
import { prettyLine } from './pretty-line.js';

/** Injects the host's logger. */
export const HOST_LOGGER = Symbol('HOST_LOGGER');

const loggers = new WeakMap<LogConfig, Logger>();

/**
 * The logger of a configuration: JSON lines, or lines for a terminal, on standard output, with the time in ISO 8601
 * and the level as a word. There is one for a configuration: two would mix what each has buffered.
 */
export function createLogger(config: LogConfig): Logger {
  let logger = loggers.get(config);
  if (!logger) {
    const output = new LogOutput();
    logger = loggerOn(output, config);
    const reporter = logger;
    output.onDropped = (lines) => reporter.warn({ lines }, 'Log lines were dropped: nobody read them in time');
    process.once('exit', () => output.flushSync());
    loggers.set(config, logger);
  }
  return logger;
}

/** A logger that writes to a stream of the caller's. */
export function loggerOn(stream: DestinationStream & { flushSync?(): void }, config: LogConfig): Logger {
  const options = {
    level: config.level,
    // Neither pid nor host: who collects the lines of a container adds what it knows better.
    base: undefined,
    timestamp: isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return pino(options, formatOf(config) === 'pretty' ? prettyStream(stream) : stream);
}

let lastTime = 0;
let lastTimeText = '';

/** As `pino.stdTimeFunctions.isoTime`, which costs more than the rest of a line: written once in a millisecond. */
function isoTime(): string {
  const now = Date.now();
  if (now !== lastTime) {
    lastTime = now;
    lastTimeText = `,"time":"${new Date(now).toISOString()}"`;
  }
  return lastTimeText;
}

function formatOf({ format }: LogConfig): 'json' | 'pretty' {
  return format ?? (isatty(1) ? 'pretty' : 'json');
}

function prettyStream(stream: DestinationStream & { flushSync?(): void }): DestinationStream {
  const colours = wantsColours();
  return Object.assign(
    { write: (line: string) => stream.write(prettyLine(line, colours)) },
    stream.flushSync && { flushSync: () => stream.flushSync?.() },
  );
}

/** On a terminal that has them, without `NO_COLOR`, `NODE_DISABLE_COLORS` and `TERM=dumb`, which Node looks at. */
function wantsColours(): boolean {
  return isatty(1) && process.stdout.hasColors();
}
