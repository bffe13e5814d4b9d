import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { blackoutEnd, parseBlackout, printBlackout } from './blackout.js';

const windows = (raw: string) => {
  const result = parseBlackout(raw);
  if (!result.ok) throw new Error(raw);
  return result.value;
};

describe('blackout windows', () => {
  it.each([
    '22:00-06:00',
    'mon-fri 08:00-18:00',
    'sat 09:00-12:00',
    'fri-mon 20:00-24:00',
    'mon-fri 08:00-18:00,sat 09:00-12:30',
  ])('reads and writes %s', (raw) => {
    expect(printBlackout(windows(raw))).toBe(raw);
  });

  it.each(['', '8-18', '25:00-26:00', 'mon 08:60-09:00', 'noday 08:00-09:00', '08:00-08:00', '08:00-09:00,'])(
    'refuses %j',
    (raw) => {
      expect(parseBlackout(raw)).toEqual({ ok: false, code: 'blackout-invalid' });
    },
  );

  it.each([
    ['22:00-06:00', 'UTC', '2026-11-24T23:00:30Z', '2026-11-25T06:00:00.000Z'],
    ['22:00-06:00', 'UTC', '2026-11-25T05:59:59Z', '2026-11-25T06:00:00.000Z'],
    ['22:00-06:00', 'UTC', '2026-11-25T06:00:00Z', null],
    ['22:00-06:00', 'Europe/Madrid', '2026-11-24T21:30:00Z', '2026-11-25T05:00:00.000Z'],
    ['mon-fri 08:00-18:00', 'UTC', '2026-11-24T12:00:00Z', '2026-11-24T18:00:00.000Z'],
    ['mon-fri 08:00-18:00', 'UTC', '2026-11-28T12:00:00Z', null],
    ['sun 22:00-06:00', 'UTC', '2026-11-23T03:00:00Z', '2026-11-23T06:00:00.000Z'],
    ['sun 22:00-06:00', 'UTC', '2026-11-22T03:00:00Z', null],
    ['08:00-10:00,09:00-12:00', 'UTC', '2026-11-24T09:30:00Z', '2026-11-24T12:00:00.000Z'],
  ])('%s in %s at %s ends at %s', (raw, zone, now, expected) => {
    expect(blackoutEnd(windows(raw), zone, new Date(now))?.toISOString() ?? null).toBe(expected);
  });

  it('never throws, and what it reads it reads again', () => {
    const texts = fc.oneof(fc.string(), fc.stringMatching(/^(mon|sun-tue)? ?\d{1,2}:\d\d-\d{1,2}:\d\d$/));
    fc.assert(
      fc.property(texts, (raw) => {
        const first = parseBlackout(raw);
        if (first.ok) expect(parseBlackout(printBlackout(first.value))).toEqual(first);
      }),
    );
  });
});
