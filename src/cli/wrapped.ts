/** A text in lines of at most `width` characters, broken at spaces; a longer word has a line of its own. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

const LEAST_WIDTH = 40;

/** The columns of the terminal; without end where the output goes elsewhere, since programs read whole lines. */
export function outputWidth(): number {
  return process.stdout.isTTY ? Math.max(LEAST_WIDTH, process.stdout.columns) : Number.POSITIVE_INFINITY;
}
