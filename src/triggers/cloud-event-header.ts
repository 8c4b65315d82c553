/** RFC 9110, 5.6.4. */
const QUOTED = /^"((?:[^"\\]|\\.)*)"$/;
const ENCODED = /(?:%[\dA-Fa-f]{2})+/g;
/** What no attribute may have: controls, surrogates without their pair, noncharacters (specification, "Type System"). */
const DISALLOWED = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/u;

/**
 * The attribute in the value of a `ce-` header: without the quotes of a quoted string, then with one round of
 * percent-decoding. `undefined` where the bytes are no UTF-8 or the text is none that an attribute may have: decoding must
 * not make line ends out of a header that had none. A percent sign that encodes nothing stays, since senders older than
 * the rule did not encode it.
 *
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md section 3.1.3.2
 */
export function decodeHeaderValue(value: string): string | undefined {
  const unquoted = QUOTED.exec(value)?.[1]?.replace(/\\(.)/g, '$1') ?? value;
  try {
    const decoded = unquoted.replace(ENCODED, (bytes) => decodeURIComponent(bytes));
    return DISALLOWED.test(decoded) ? undefined : decoded;
  } catch {
    return undefined;
  }
}
