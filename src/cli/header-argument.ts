/** `Name: value` as a command's argument has it; `undefined` where it is none. */
export function readHeaderArgument(text: string): readonly [name: string, value: string] | undefined {
  const [, name, value] = /^([!-9;-~]+):\s*([^\r\n]*)$/.exec(text) ?? [];
  return name === undefined || value === undefined ? undefined : [name, value];
}
