import { afterEach, describe, expect, it, vi } from 'vitest';
import { isTimeZone, ZoneClock } from './zone-clock.js';

const HOUR = 3_600_000;
const at = (text: string) => Date.parse(text);

describe('isTimeZone', () => {
  it.each(['UTC', 'Europe/Paris', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5'])('knows %s', (name) => {
    expect(isTimeZone(name)).toBe(true);
  });

  it.each(['', 'Mars/Olympus', '+02:00', 'UTC+2', 'Europe/Paris ', '../etc/passwd'])('refuses %j', (name) => {
    expect(isTimeZone(name)).toBe(false);
  });
});

describe('Intl, whose first use takes a tenth of a cold start', () => {
  afterEach(() => vi.restoreAllMocks());

  it('is not asked about UTC', () => {
    const used = vi.spyOn(Intl, 'DateTimeFormat');
    expect(isTimeZone('UTC')).toBe(true);
    const utc = new ZoneClock('UTC');
    expect(utc.offsetAt(at('2026-07-01T12:00:00Z'))).toBe(0);
    expect(utc.instantOf(at('2026-07-01T12:00:00Z'))).toBe(at('2026-07-01T12:00:00Z'));
    expect(utc.changeBetween(at('2026-01-01T00:00:00Z'), at('2026-01-02T00:00:00Z'))).toBeUndefined();
    expect(used).not.toHaveBeenCalled();
  });

  it('makes one format for all schedules of a zone', () => {
    const { DateTimeFormat } = Intl;
    const used = vi.spyOn(Intl, 'DateTimeFormat').mockImplementation(function (...options) {
      return new DateTimeFormat(...options);
    });
    for (let count = 0; count < 3; count++) expect(new ZoneClock('Asia/Kolkata').offsetAt(0)).toBe(5.5 * HOUR);
    expect(used).toHaveBeenCalledOnce();
  });
});

describe('ZoneClock', () => {
  it('tells how far a clock is ahead, on both sides of a change', () => {
    const paris = new ZoneClock('Europe/Paris');
    expect(paris.offsetAt(at('2026-03-29T00:59:59.999Z'))).toBe(HOUR);
    expect(paris.offsetAt(at('2026-03-29T01:00:00.000Z'))).toBe(2 * HOUR);
    expect(new ZoneClock('Australia/Lord_Howe').offsetAt(at('2026-07-01T00:00:00Z'))).toBe(10.5 * HOUR);
    expect(new ZoneClock('America/New_York').offsetAt(at('2026-01-01T00:00:00Z'))).toBe(-5 * HOUR);
  });

  it('finds the instant of a change to the millisecond', () => {
    const paris = new ZoneClock('Europe/Paris');
    expect(paris.changeBetween(at('2026-10-24T12:00:00Z'), at('2026-10-25T12:00:00Z'))).toBe(
      at('2026-10-25T01:00:00.000Z'),
    );
    expect(paris.changeBetween(at('2026-10-25T01:00:00Z'), at('2026-10-26T01:00:00Z'))).toBeUndefined();
  });

  it('gives the first of two instants, and the jump for a wall time that there is not', () => {
    const paris = new ZoneClock('Europe/Paris');
    const wall = (text: string) => at(`${text}Z`);
    expect(paris.instantOf(wall('2026-07-01T12:00:00'))).toBe(at('2026-07-01T10:00:00Z'));
    expect(paris.instantOf(wall('2026-10-25T02:30:00'))).toBe(at('2026-10-25T00:30:00Z'));
    expect(paris.instantOf(wall('2026-03-29T02:30:00'))).toBe(at('2026-03-29T01:00:00Z'));
  });
});
