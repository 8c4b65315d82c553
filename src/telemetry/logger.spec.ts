import { describe, expect, it } from 'vitest';
import { LogConfig, type LogFormat, type LogLevel } from './log.config.js';
import { createLogger, loggerOn } from './logger.js';

function config(level: LogLevel, format: LogFormat): LogConfig {
  return Object.assign(new LogConfig(), { level, format });
}

/** A logger and what it wrote. */
function logging(level: LogLevel, format: LogFormat = 'json') {
  const lines: string[] = [];
  return { lines, logger: loggerOn({ write: (line) => lines.push(line) }, config(level, format)) };
}

describe('the logger', () => {
  it('writes one JSON object a line: level as a word, time in ISO 8601, message, fields', () => {
    const { lines, logger } = logging('info');
    logger.warn({ requestId: 'r-1' }, 'careful');
    expect(lines).toHaveLength(1);
    const { time, ...rest } = JSON.parse(lines[0] as string);
    expect(rest).toEqual({ level: 'warn', requestId: 'r-1', msg: 'careful' });
    expect(new Date(time).toISOString()).toBe(time);
    expect(lines[0]?.endsWith('}\n')).toBe(true);
  });

  it('leaves out what is less severe than LOG_LEVEL', () => {
    const { lines, logger } = logging('error');
    logger.warn('no');
    logger.error('yes');
    expect(lines).toHaveLength(1);
  });

  it('writes nothing at silent', () => {
    const { lines, logger } = logging('silent');
    logger.fatal('no');
    expect(lines).toEqual([]);
  });

  it('writes an error with its stack as err', () => {
    const { lines, logger } = logging('info');
    logger.error({ err: new TypeError('boom') }, 'failed');
    const { err } = JSON.parse(lines[0] as string);
    expect(err).toMatchObject({ type: 'TypeError', message: 'boom' });
    expect(err.stack).toContain('logger.spec');
  });

  it('writes lines for a reader where LOG_FORMAT is pretty', () => {
    const { lines, logger } = logging('info', 'pretty');
    logger.info({ context: 'Host' }, 'hello');
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d\.\d{3} INFO  Host         hello\n$/);
  });

  it.each(['json', 'pretty'] as const)('writes a fatal line (%s) and all before it at once', (format) => {
    let flushed = 0;
    const stream = { write: () => undefined, flushSync: () => void flushed++ };
    const logger = loggerOn(stream, config('info', format));
    logger.error('not yet');
    expect(flushed).toBe(0);
    logger.fatal('now');
    expect(flushed).toBe(1);
  });

  it('is one for a configuration, since two would mix their lines', () => {
    const silent = config('silent', 'json');
    expect(createLogger(silent)).toBe(createLogger(silent));
  });
});
