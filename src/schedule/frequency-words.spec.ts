import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseFrequency } from '../apps/frequency.js';
import type { Frequency } from '../apps/frequency.js';
import { frequencyInWords } from './frequency-words.js';

function frequencyOf(raw: string): Frequency {
  const result = parseFrequency(raw);
  if (!result.ok) throw new Error(raw);
  return result.value;
}

describe('a frequency in words', () => {
  it.each([
    ['daily@03:00', 'At 03:00, every day', 'A las 03:00, cada día'],
    ['weekly@sun-03:05', 'At 03:05, only on Sunday', 'A las 03:05, sólo el domingo'],
    ['every 6h', 'Every 6 hours', 'Cada 6 horas'],
    ['every 60m', 'Every hour', 'Cada hora'],
    ['every 45m', 'Every 45 minutes', 'Cada 45 minutos'],
    ['*/15 9-17 * * mon-fri', 'Every 15 minutes, between 09:00 and 17:59, Monday through Friday', 'Cada 15 minutos, entre las 09:00 y las 17:59, de lunes a viernes'],
  ])('%s', (raw, en, es) => {
    expect(frequencyInWords(frequencyOf(raw), 'key', 'en')).toBe(en);
    expect(frequencyInWords(frequencyOf(raw), 'key', 'es')).toBe(es);
  }); // prettier-ignore

  it('names the time that was chosen for the app', () => {
    expect(frequencyInWords(frequencyOf('daily'), 'compose:shop/web', 'en')).toMatch(
      /^At 0[0-5]:\d\d, every day$/,
    );
  });

  it('has something to say for every expression that the labels take', () => {
    const field = (max: number) =>
      fc.oneof(
        fc.constant('*'),
        fc.integer({ min: 1, max }).map(String),
        fc.integer({ min: 2, max }).map((n) => `*/${n}`),
      );
    fc.assert(
      fc.property(field(59), field(23), field(28), field(12), field(6), (...parts) => {
        const parsed = parseFrequency(parts.join(' '));
        if (!parsed.ok) return;
        for (const lang of ['en', 'es'] as const) expect(frequencyInWords(parsed.value, 'k', lang).length).toBeGreaterThan(5);
      }),
    ); // prettier-ignore
  });
});
