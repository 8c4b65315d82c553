/**
 * The pairs of `name=value,name=value`, values percent-encoded. What is none is left out and counted, not shown: it may hold a
 * secret.
 * @see https://opentelemetry.io/docs/specs/otel/protocol/exporter/#specifying-headers-via-environment-variables
 */
export function readKeyValues(
  text: string,
  isValid: (name: string, value: string) => boolean = () => true,
): { pairs: [name: string, value: string][]; invalid: number } {
  const pairs: [string, string][] = [];
  let invalid = 0;
  for (const member of text.split(',').filter((part) => part.trim() !== '')) {
    const pair = readPair(member);
    if (pair && isValid(...pair)) pairs.push(pair);
    else invalid++;
  }
  return { pairs, invalid };
}

function readPair(member: string): [string, string] | undefined {
  const at = member.indexOf('=');
  if (at < 0) return undefined;
  try {
    const [name, value] = [member.slice(0, at), member.slice(at + 1)].map((part) => decodeURIComponent(part.trim()));
    return name === '' || name === undefined || value === undefined ? undefined : [name, value];
  } catch {
    return undefined;
  }
}
