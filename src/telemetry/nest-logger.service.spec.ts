import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LogConfig } from './log.config.js';
import { loggerOn } from './logger.js';
import { NestLoggerService } from './nest-logger.service.js';

describe('NestLoggerService', () => {
  const lines: Record<string, unknown>[] = [];
  const stream = { write: (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>) };
  const config = Object.assign(new LogConfig(), { level: 'trace', format: 'json' });

  beforeEach(() => {
    lines.length = 0;
    Logger.overrideLogger(new NestLoggerService(loggerOn(stream, config)));
  });

  afterEach(() => Logger.overrideLogger(false));

  const logger = new Logger('Cron');

  it("writes a text with the logger's context", () => {
    logger.log('The host listens');
    expect(lines).toEqual([expect.objectContaining({ level: 'info', context: 'Cron', msg: 'The host listens' })]);
  });

  it('knows a level for each method of Nest', () => {
    logger.verbose('a');
    logger.debug('a');
    logger.log('a');
    logger.warn('a');
    logger.error('a');
    logger.fatal('a');
    expect(lines.map(({ level }) => level)).toEqual(['trace', 'debug', 'info', 'warn', 'error', 'fatal']);
    expect(lines.map(({ context }) => context)).toEqual(Array(6).fill('Cron'));
  });

  it('writes an object as fields, its message as the text', () => {
    logger.error({ message: 'failed', requestId: 'r-1', err: new Error('boom') });
    expect(lines[0]).toMatchObject({ msg: 'failed', requestId: 'r-1', context: 'Cron', err: { message: 'boom' } });
  });

  it('writes an error with its stack, given as the message or beside it', () => {
    logger.error(new Error('boom'));
    logger.error('failed', new Error('boom'));
    logger.error('failed', new Error('boom').stack);
    expect(lines.map(({ msg }) => msg)).toEqual(['boom', 'failed', 'failed']);
    for (const { err, context } of lines) {
      expect(context).toBe('Cron');
      expect((err as { stack: string }).stack).toContain('nest-logger.service.spec');
    }
  });

  it('keeps what Nest says of itself for debug', () => {
    new Logger('RouterExplorer').log('Mapped {/livez, GET} route');
    new Logger('RouterExplorer').error('Bad');
    expect(lines.map(({ level }) => level)).toEqual(['debug', 'error']);
  });

  it('knows the classes of Nest by the names that the bundle gives them, too', () => {
    new Logger('_InstanceLoader').log('AppModule dependencies initialized');
    new Logger('NestFactory2').log('Starting');
    new Logger('_NestApplication').error('Error: listen EADDRINUSE');
    expect(lines.map(({ level }) => level)).toEqual(['debug', 'debug', 'debug']);
  });
});
