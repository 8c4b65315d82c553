const BACKSLASH = 0x5c;

/**
 * The text of one member's value, exactly as it stands in the text of a JSON object, so that numbers keep their digits.
 * Of several members with the name the last counts, as in `JSON.parse`. `json` must be valid JSON.
 */
export function memberText(json: string, name: string): string | undefined {
  let found: string | undefined;
  let at = skipSpace(json, json.indexOf('{') + 1);
  while (json[at] === '"') {
    const keyEnd = endOfString(json, at);
    const key = JSON.parse(json.slice(at, keyEnd)) as string;
    const start = skipSpace(json, skipSpace(json, keyEnd) + 1);
    const end = endOfValue(json, start);
    if (key === name) found = json.slice(start, end).trimEnd();
    at = skipSpace(json, end + 1);
  }
  return found;
}

function skipSpace(json: string, from: number): number {
  let at = from;
  while (json.charCodeAt(at) <= 0x20) at++;
  return at;
}

/** The index behind the closing quote. */
function endOfString(json: string, start: number): number {
  for (let quote = json.indexOf('"', start + 1); ; quote = json.indexOf('"', quote + 1)) {
    let escapes = 0;
    while (json.charCodeAt(quote - 1 - escapes) === BACKSLASH) escapes++;
    if (escapes % 2 === 0) return quote + 1;
  }
}

/** All that can begin or end a value but digits and words. */
const STRUCTURE = /["{}[\],]/g;

/** The index of the comma or brace behind a value. */
function endOfValue(json: string, start: number): number {
  let depth = 0;
  STRUCTURE.lastIndex = start;
  for (let match = STRUCTURE.exec(json); match; match = STRUCTURE.exec(json)) {
    const [character] = match;
    if (character === '"') STRUCTURE.lastIndex = endOfString(json, match.index);
    else if (depth === 0 && (character === ',' || character === '}')) return match.index;
    else if (character === '{' || character === '[') depth++;
    else if (character !== ',') depth--;
  }
  return json.length;
}
