/**
 * Writes to stderr. Each line bears the id of the invocation where there is one: `[<request id>] text`,
 * by which the host knows what it belongs to.
 */
export function log(text, requestId) {
  const prefix = requestId ? `[${requestId}] ` : '';
  process.stderr.write(`${prefix}${String(text).replaceAll('\n', `\n${prefix}`)}\n`);
}
