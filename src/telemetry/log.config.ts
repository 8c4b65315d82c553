import { OneOf } from '../config/variable.decorator.js';

/** From the one that logs most; `silent` writes nothing. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const LOG_FORMATS = ['json', 'pretty'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** What the host writes to its standard output, and in which form. */
export class LogConfig {
  @OneOf('LOG_LEVEL', LOG_LEVELS, { description: 'The least severe lines that are logged' })
  level: LogLevel = 'info';

  @OneOf('LOG_FORMAT', LOG_FORMATS, {
    description: 'Form of the log lines; pretty by default where standard output is a terminal, else json',
  })
  format?: LogFormat;
}
