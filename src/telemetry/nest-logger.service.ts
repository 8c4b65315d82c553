import type { LoggerService } from '@nestjs/common';
import type { Logger } from 'pino';

type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

/** What Nest says of itself: dozens of lines at every start that tell an operator nothing. */
const FRAMEWORK_CONTEXTS = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
]);

const STACK = /\n\s+at /;

/**
 * Nest's `Logger` on the host's pino. The context becomes the field `context`, an `Error` or a stack `err`, an object
 * its fields, among which `message` is the line's text.
 */
export class NestLoggerService implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...parameters: unknown[]): void {
    this.write(FRAMEWORK_CONTEXTS.has(classOf(parameters)) ? 'debug' : 'info', message, parameters);
  }

  /** An error of Nest's application is one of listening, which the host explains. */
  error(message: unknown, ...parameters: unknown[]): void {
    this.write(classOf(parameters) === 'NestApplication' ? 'debug' : 'error', message, parameters);
  }

  warn(message: unknown, ...parameters: unknown[]): void {
    this.write('warn', message, parameters);
  }

  debug(message: unknown, ...parameters: unknown[]): void {
    this.write('debug', message, parameters);
  }

  verbose(message: unknown, ...parameters: unknown[]): void {
    this.write('trace', message, parameters);
  }

  fatal(message: unknown, ...parameters: unknown[]): void {
    this.write('fatal', message, parameters);
  }

  private write(level: Level, message: unknown, parameters: readonly unknown[]): void {
    if (!this.logger.isLevelEnabled(level)) return;
    const fields: Record<string, unknown> = {};
    for (const [index, parameter] of parameters.entries()) {
      addParameter(fields, parameter, index === parameters.length - 1);
    }
    this.logger[level](fields, addMessage(fields, message));
  }
}

/** Nest's contexts are names of its classes, which the bundle may have written as `_NestFactory` or `NestFactory2`. */
function classOf(parameters: readonly unknown[]): string {
  return String(parameters.at(-1)).replace(/^_|\d+$/g, '');
}

/** Nest appends the context to what the caller gave. */
function addParameter(fields: Record<string, unknown>, parameter: unknown, isLast: boolean): void {
  if (parameter instanceof Error) fields['err'] = parameter;
  else if (typeof parameter === 'string' && STACK.test(parameter)) fields['err'] = { stack: parameter };
  else if (typeof parameter === 'string' && isLast) fields['context'] = parameter;
  else if (typeof parameter === 'object') Object.assign(fields, parameter);
  else if (parameter !== undefined) fields['detail'] = parameter;
}

/** Gives the text of the line. */
function addMessage(fields: Record<string, unknown>, message: unknown): string {
  if (message instanceof Error) {
    fields['err'] = message;
    return message.message;
  }
  if (typeof message !== 'object' || message === null) return String(message);
  const { message: text, ...rest } = message as { message?: unknown };
  Object.assign(fields, rest);
  return typeof text === 'string' ? text : text === undefined ? '' : JSON.stringify(text);
}
