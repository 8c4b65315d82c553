/** A string with the colon that makes it a member's name, any other string, or a brace. */
const NAME_STRING_OR_BRACE = /("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?|[{}]/g;

/**
 * Whether any object in a JSON text has two members of one name, escapes resolved. `JSON.parse` keeps the last, other
 * parsers the first, so such a text says different things to different readers (RFC 7515 section 4 and RFC 7519 section 4
 * allow to refuse it). `json` must be valid JSON.
 */
export function hasDuplicateMembers(json: string): boolean {
  const open: Set<string>[] = [];
  for (const [token, text, colon] of json.matchAll(NAME_STRING_OR_BRACE)) {
    if (token === '{') open.push(new Set());
    else if (token === '}') open.pop();
    else if (text !== undefined && colon !== undefined && !addTo(open.at(-1), text)) return true;
  }
  return false;
}

/** Whether the name was new to its object. */
function addTo(names: Set<string> | undefined, text: string): boolean {
  const name = JSON.parse(text) as string;
  if (names?.has(name)) return false;
  names?.add(name);
  return true;
}
