/** The longest record that the host takes for one, with room for the id. */
const MAX_RECORD = 65_000;

/** Writes text to stderr. */
export function log(text) {
  process.stderr.write(`${text}\n`);
}

/** Writes the stack of an error, as one record, which the host reads; as lines where it is too long for that. */
export function logError(stack) {
  const record = JSON.stringify({ level: 'error', message: stack });
  log(Buffer.byteLength(record) <= MAX_RECORD ? record : stack);
}
