/** Secrets by their names. */
export type Secrets = Readonly<Record<string, string>>;

/** Wherever a text begins in what is written in base64, these are characters that are there. RFC 4648, section 4. */
function base64Forms(secret: string): string[] {
  return [0, 1, 2].map((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]);
    const [first, last] = [Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6)];
    return bytes.toString('base64').slice(first, last);
  });
}

function formsOf(secret: string): string[] {
  const base64 = base64Forms(secret);
  return [
    secret,
    ...base64,
    ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    Buffer.from(secret).toString('hex'),
  ];
}

/** The names of the secrets that a text has, as they are or in base64, percent-encoded, as JSON or in hexadecimal digits. */
export function leaksIn(text: string, secrets: Secrets): string[] {
  const lower = text.toLowerCase();
  const names = Object.keys(secrets);
  return names.filter((name) => formsOf(secrets[name] ?? '').some((form) => lower.includes(form.toLowerCase())));
}
