/** What a terminal would obey rather than show: C0 but the tab and the line feed, DEL, C1. */
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** A text of somebody else's that no terminal obeys; its lines stay. */
export function visible(text: string): string {
  return text.replace(CONTROL, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The same on one line. */
export function oneLine(text: string): string {
  return visible(text).replaceAll('\n', '\\n');
}

/** JSON that no terminal obeys: the same value, since such characters stand in its texts alone. */
export function visibleJson(value: unknown): string {
  return visible(JSON.stringify(value));
}
