import { describe, expect, it } from 'vitest';
import { readFunctionLine as read } from './function-line.js';

const readFunctionLine = (line: string) => read(line, (requestId) => requestId === 'r-1');

describe('readFunctionLine', () => {
  it('section 7: takes a line of text as it is, at level info', () => {
    expect(readFunctionLine('hello')).toEqual({ level: 'info', text: 'hello' });
  });

  it("section 7: takes the invocation's id from a line that is a JSON object with a message", () => {
    const line = '{"requestId":"r-1","message":"hello"}';
    expect(readFunctionLine(line)).toEqual({ level: 'info', text: 'hello', requestId: 'r-1' });
    expect(readFunctionLine('{"msg":"hello"}')).toEqual({ level: 'info', text: 'hello' });
  });

  it("section 7: takes the invocation's id from the prefix that the sub-runtimes that ship write", () => {
    expect(readFunctionLine('[r-1] hello')).toEqual({ level: 'info', text: 'hello', requestId: 'r-1' });
    expect(readFunctionLine('[r-1] ')).toEqual({ level: 'info', text: '', requestId: 'r-1' });
  });

  it('section 7: takes both forms together', () => {
    const line = '[r-1] {"level":"warn","message":"hello"}';
    expect(readFunctionLine(line)).toEqual({ level: 'warn', text: 'hello', requestId: 'r-1' });
  });

  it('section 7: lets nothing behind the stamp name another invocation', () => {
    const known = (requestId: string) => ['r-1', 'r-2'].includes(requestId);
    const line = '[r-1] {"requestId":"r-2","message":"hello"}';
    expect(read(line, known)).toEqual({ level: 'info', text: 'hello', requestId: 'r-1', fields: { requestId: 'r-2' } });
    expect(read('[r-1] [r-2] hello', known)).toEqual({ level: 'info', text: '[r-2] hello', requestId: 'r-1' });
  });

  it.each(['[r-1] [r-1] hello', '[r-1] {"requestId":"r-1","msg":"hello"}'])(
    'section 7: says the id once where a handler stamps its lines, too: %s',
    (line) => {
      expect(readFunctionLine(line)).toEqual({ level: 'info', text: 'hello', requestId: 'r-1' });
    },
  );

  it('section 7: keeps the requestId of some other system as a field', () => {
    const line = '{"requestId":"of-a-database","message":"hello"}';
    expect(readFunctionLine(line)).toEqual({ level: 'info', text: 'hello', fields: { requestId: 'of-a-database' } });
  });

  it('section 7: knows an id that has a bracket, such as that of a tick of my[app]', () => {
    const id = 'my[app]/nightly@2026-01-01T03:00:00.000Z';
    expect(read(`[${id}] [x] hello`, (given) => given === id)).toMatchObject({ text: '[x] hello', requestId: id });
  });

  it.each(['[INFO] hello', '[r-2] hello', '[worker-1] hello', '[] hello', '[r-1]hello', ' [r-1] hello'])(
    'takes %s for text, since it names no invocation',
    (line) => {
      expect(readFunctionLine(line)).toEqual({ level: 'info', text: line });
    },
  );

  it.each([
    ['"WARNING"', 'warn'],
    ['"error"', 'error'],
    ['"CRITICAL"', 'error'],
    ['50', 'error'],
    ['"loud"', 'info'],
    ['{}', 'info'],
    ['{"toString":1}', 'info'],
    ['"constructor"', 'info'],
    ['"__proto__"', 'info'],
  ])('takes the level %s for %s', (level, expected) => {
    expect(readFunctionLine(`{"message":"a","level":${level}}`).level).toBe(expected);
  });

  it('keeps what else a structured line holds', () => {
    const { fields } = readFunctionLine('{"message":"paid","requestId":7,"amount":12.5,"level":"info"}');
    expect(fields).toEqual({ amount: 12.5, requestId: 7 });
  });

  it.each(['{"a":1}', '{"message":1}', '{"message":"cut', '[{"message":"a"}]', '{', 'null', ''])(
    'takes %s for text',
    (line) => {
      expect(readFunctionLine(line)).toEqual({ level: 'info', text: line });
    },
  );
});
