import { isMap, isScalar, parseDocument } from 'yaml';

/**
 * The values of a chart as rows: each key that has a comment above it is one, with its default and that comment; a map
 * without one is only a way to its keys. Throws where a key without children has no comment.
 *
 * @param {string} text Content of `values.yaml`.
 * @returns {{ path: string, standard: string, meaning: string }[]}
 */
export function valueRows(text) {
  return rowsOf(parseDocument(text).contents, []);
}

function rowsOf(map, above) {
  return map.items.flatMap(({ key, value }, index) => {
    const path = [...above, key.value];
    // The parser takes the comment above the first key of an inner map for one above that map.
    const comment = key.commentBefore ?? (index === 0 ? map.commentBefore : undefined);
    const isGroup = isMap(value) && !value.flow && value.items.length > 0;
    if (isGroup && !comment) return rowsOf(value, path);
    if (!comment) throw new Error(`values.yaml: ${path.join('.')} has no comment that says what it is`);
    return [{ path: path.join('.'), standard: standardOf(value), meaning: meaningOf(comment) }];
  });
}

/** What is longer makes a table that nobody can read. */
const LONGEST_DEFAULT = 40;

const meaningOf = (comment) =>
  comment
    .split('\n')
    .map((line) => line.trim())
    .join(' ');

/** A default as it would be written on one line; nothing where it is empty. */
function standardOf(value) {
  const plain = value.toJSON();
  if (plain === null || plain === '') return '';
  const text = isScalar(value) ? String(plain) : JSON.stringify(plain);
  return text.length > LONGEST_DEFAULT ? 'see [values.yaml](values.yaml)' : `\`${text}\``;
}

/** The rows as a table in Markdown. */
export function valuesTable(rows) {
  const cell = (text) => text.replaceAll('|', String.raw`\|`);
  const lines = rows.map(({ path, standard, meaning }) => `| \`${path}\` | ${cell(standard)} | ${cell(meaning)} |`);
  return ['| value | default | meaning |', '| --- | --- | --- |', ...lines].join('\n');
}
