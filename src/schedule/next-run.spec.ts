import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseFrequency } from '../apps/frequency.js';
import type { Frequency } from '../apps/frequency.js';
import { nextRun, nextRuns } from './next-run.js';

const frequency = (raw: string): Frequency => {
  const result = parseFrequency(raw);
  if (!result.ok) throw new Error(`not a frequency: ${raw}`);
  return result.value;
};

const at = (raw: string, zone: string, after: string): string =>
  nextRun(frequency(raw), zone, 'app', new Date(after)).toISOString();

describe('nextRun', () => {
  it.each([
    ['daily@03:00', 'UTC', '2026-11-24T02:59:59Z', '2026-11-24T03:00:00.000Z'],
    ['daily@03:00', 'UTC', '2026-11-24T03:00:00Z', '2026-11-25T03:00:00.000Z'],
    ['daily@03:00', 'Europe/Madrid', '2026-07-01T00:00:00Z', '2026-07-01T01:00:00.000Z'],
    ['weekly@sun-03:00', 'UTC', '2026-11-24T00:00:00Z', '2026-11-29T03:00:00.000Z'],
    ['*/15 * * * *', 'UTC', '2026-11-24T00:01:00Z', '2026-11-24T00:15:00.000Z'],
    ['0 4 31 * *', 'UTC', '2026-11-01T00:00:00Z', '2026-12-31T04:00:00.000Z'],
    ['0 0 29 2 *', 'UTC', '2026-11-01T00:00:00Z', '2028-02-29T00:00:00.000Z'],
  ])('%s in %s after %s is %s', (raw, zone, after, expected) => {
    expect(at(raw, zone, after)).toBe(expected);
  });

  it.each([
    ['spring', 'Europe/Madrid', '2026-03-26T12:00:00Z'],
    ['autumn', 'Europe/Madrid', '2026-10-22T12:00:00Z'],
    ['spring', 'America/New_York', '2026-03-05T12:00:00Z'],
    ['autumn', 'America/New_York', '2026-10-29T12:00:00Z'],
    ['a whole day that was left out', 'Pacific/Apia', '2011-12-27T12:00:00Z'],
  ])('fires once for every date around the clock change (%s, %s)', (_season, zone, after) => {
    const day = new Intl.DateTimeFormat('en-CA', { timeZone: zone });
    for (const raw of ['daily@02:30', 'daily@01:30', 'daily@00:00', 'daily@03:00']) {
      const days = nextRuns(frequency(raw), zone, 'app', new Date(after), 7).map((run) => day.format(run));
      expect(new Set(days).size).toBe(7);
    }
  });

  it('spreads words over the night by the app, the same every time', () => {
    const after = new Date('2026-11-24T12:00:00Z');
    const times = Array.from({ length: 200 }, (_, index) =>
      nextRun(frequency('daily'), 'UTC', `app-${index}`, after),
    );
    expect(new Set(times.map((time) => time.toISOString())).size).toBeGreaterThan(100);
    expect(times.every((time) => time.getUTCHours() < 6)).toBe(true);
    expect(nextRun(frequency('daily'), 'UTC', 'app-1', after)).toEqual(times[1]);
  });

  it('is always later than the instant asked for, and never skips a slot', () => {
    const raws = fc.constantFrom(
      'hourly',
      'daily',
      'weekly',
      'monthly',
      'daily@02:30',
      'every 6h',
      'every 5m',
      'every 7d',
      '0 */3 * * *',
    );
    const zones = fc.constantFrom(
      'UTC',
      'Europe/Madrid',
      'America/New_York',
      'Asia/Kathmandu',
      'Australia/Lord_Howe',
    );
    const instants = fc.date({
      min: new Date('2020-01-01'),
      max: new Date('2035-01-01'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(raws, zones, instants, fc.string(), (raw, zone, after, key) => {
        const next = nextRun(frequency(raw), zone, key, after);
        expect(next.getTime()).toBeGreaterThan(after.getTime());
        // Asked again a little before it, the answer is the same: nothing lies in between.
        const before = new Date(Math.max(after.getTime(), next.getTime() - 1));
        expect(nextRun(frequency(raw), zone, key, before)).toEqual(next);
      }),
    );
  });
});
