const UNITS = [
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** `1500` as `1.5 s`, `1599000` as `26 min 39 s`: exact, and as short as can be. */
export function duration(milliseconds: number): string {
  const [unit, size] = UNITS.find(([, least]) => milliseconds >= least) ?? (['ms', 1] as const);
  const tenths = (milliseconds * 10) / size;
  if (Number.isInteger(tenths)) return `${tenths / 10} ${unit}`;
  return milliseconds % 1_000 === 0 ? inAllUnits(milliseconds) : `${milliseconds} ms`;
}

function inAllUnits(milliseconds: number): string {
  let rest = milliseconds;
  const parts = UNITS.map(([unit, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count > 0 ? `${count} ${unit}` : '';
  });
  return parts.filter((part) => part !== '').join(' ');
}
