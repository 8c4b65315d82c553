import { describe, expect, it } from 'vitest';
import { oneLine, visible, visibleJson } from './terminal-text.js';

const HOSTILE = '\u001b]0;pwned\u0007\u009b2J\u007f\r';

describe("what the operator's terminal gets", () => {
  it('is shown, never obeyed', () => {
    expect(visible(`a${HOSTILE}\n\tb`)).toBe('a\\u001b]0;pwned\\u0007\\u009b2J\\u007f\\u000d\n\tb');
    expect(oneLine('a\nb')).toBe('a\\nb');
  });

  it('as JSON is the same value', () => {
    const text = visibleJson({ [HOSTILE]: HOSTILE });
    // oxlint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
    expect(JSON.parse(text)).toEqual({ [HOSTILE]: HOSTILE });
  });
});
