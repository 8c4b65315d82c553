import { describe, expect, it } from 'vitest';
import { prettyLine } from './pretty-line.js';

const TIME = '2026-11-22T10:11:12.345Z';

function line(fields: object): string {
  return `${JSON.stringify({ level: 'info', time: TIME, ...fields })}\n`;
}

describe('prettyLine', () => {
  it('gives time, level, trigger, message and fields in this order', () => {
    const fields = { requestId: 'r-1', trigger: 'nightly', type: 'cron', outcome: 'succeeded', status: 200, ranMs: 12 };
    const pretty = prettyLine(line({ ...fields, msg: 'invocation succeeded' }), false);
    expect(pretty).toMatch(
      /^\d\d:\d\d:12\.345 INFO  nightly      invocation succeeded requestId=r-1 status=200 ranMs=12\n$/,
    );
  });

  it('leaves out what the message says already, and what is as usual', () => {
    const usual = { context: 'Http', msg: 'listens on http://[::1]:80', port: 80, worker: 0, waitedMs: 0 };
    expect(prettyLine(line(usual), false)).toMatch(/ listens on http:\/\/\[::1\]:80\n$/);
    expect(prettyLine(line({ msg: 'a', worker: 1, waitedMs: 5 }), false)).toContain(' a worker=1 waitedMs=5\n');
  });

  it('gives the context where there is no trigger', () => {
    expect(prettyLine(line({ context: 'Admin', msg: 'listens' }), false)).toContain(' INFO  Admin        listens\n');
  });

  it('gives the stack of an error, indented', () => {
    const err = { type: 'Error', message: 'boom', stack: 'Error: boom\nat here' };
    expect(prettyLine(line({ msg: 'failed', err }), false)).toMatch(/failed\n    Error: boom\n    at here\n$/);
  });

  it('colours only when asked to', () => {
    expect(prettyLine(line({ level: 'warn', msg: 'careful' }), true)).toContain('\u001b[33mWARN \u001b[0m');
    expect(prettyLine(line({ level: 'warn', msg: 'careful' }), false)).not.toContain('\u001b');
  });

  it('escapes control characters of a text, so that no output of a function rewrites the screen', () => {
    const pretty = prettyLine(line({ msg: 'a\u001b[2Jb\r', requestId: 'x\u0007' }), false);
    expect(pretty).toContain('a\\u001b[2Jb\\u000d requestId=x\\u0007');
  });

  it('indents the further lines of a message, so that none passes for a line of the host', () => {
    expect(prettyLine(line({ msg: 'one\ntwo' }), false)).toContain(' one\n    two\n');
  });

  it('returns what is no JSON object as it is', () => {
    expect(prettyLine('plain\n', false)).toBe('plain\n');
    expect(prettyLine('42\n', false)).toBe('42\n');
  });
});
