/**
 * @typedef {object} Table
 * @property {string} title
 * @property {string[]} columns
 * @property {(string | number)[][]} rows
 */

/**
 * A table as Markdown, its columns aligned: the first to the left, the others to the right.
 *
 * @param {Pick<Table, 'columns' | 'rows'>} table
 */
export function markdown({ columns, rows }) {
  const lines = [columns, ...rows].map((cells) => cells.map(String));
  const widths = columns.map((_, column) => Math.max(3, ...lines.map((cells) => cells[column].length)));
  const line = (cells) => `| ${cells.map((cell, column) => align(cell, widths[column], column)).join(' | ')} |`;
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  const [head, ...body] = lines;
  return [line(head), `| ${rule.join(' | ')} |`, ...body.map(line)].join('\n');
}

const align = (cell, width, column) => (column === 0 ? cell.padEnd(width) : cell.padStart(width));

/** Three digits that count. */
export function rounded(value) {
  if (!Number.isFinite(value)) return '-';
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}
