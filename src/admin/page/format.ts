export function milliseconds(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1_000)} s`;
}

export function bytes(count: number): string {
  if (count < 1_024) return `${count} B`;
  if (count < 1_048_576) return `${(count / 1_024).toFixed(1)} KiB`;
  return `${(count / 1_048_576).toFixed(1)} MiB`;
}

const two = (value: number) => String(value).padStart(2, '0');

/** The time of day here. */
export function clock(at: number): string {
  const date = new Date(at);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

export function dateAndClock(iso: string): string {
  const at = Date.parse(iso);
  if (Number.isNaN(at)) return iso;
  const date = new Date(at);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${clock(at)}`;
}

/** `in 3 h 12 min`, the two largest units. */
export function fromNow(iso: string, now: number): string {
  const seconds = Math.max(0, Math.round((Date.parse(iso) - now) / 1_000));
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ];
  const first = parts.findIndex(([value]) => value > 0);
  if (first < 0) return 'now';
  const shown = parts.slice(first, first + 2).filter(([value]) => value > 0);
  return `in ${shown.map(([value, unit]) => `${value} ${unit}`).join(' ')}`;
}

export function perSecond(rate: number): string {
  if (rate === 0) return '0/s';
  return rate < 0.1 ? `${(rate * 60).toFixed(1)}/min` : `${rate < 10 ? rate.toFixed(1) : Math.round(rate)}/s`;
}

/** Text or JSON for people; base64 as it is. */
export function readable(body: string, isBase64Encoded: boolean): string {
  if (isBase64Encoded) return body;
  try {
    return JSON.stringify(JSON.parse(body), undefined, 2);
  } catch {
    return body;
  }
}
