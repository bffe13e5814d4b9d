import { describe, expect, it } from '@jest/globals';
import { duration, fileSize, moment, relativeTime } from './format.js';

const NOW = new Date('2026-11-24T12:00:00Z');
const ago = (seconds: number): Date => new Date(NOW.getTime() - seconds * 1000);

describe('how pages write', () => {
  it.each([
    [0, '0 B', '0 B'],
    [1023, '1,023 B', '1023 B'],
    [1024, '1.0 KiB', '1,0 KiB'],
    [1_048_576 * 250, '250 MiB', '250 MiB'],
    [2 ** 60, '1,048,576 TiB', '1.048.576 TiB'],
  ])('%d bytes', (bytes, en, es) => {
    expect([fileSize(bytes, 'en'), fileSize(bytes, 'es')]).toEqual([en, es]);
  });

  it.each([
    [-5, '0 ms'],
    [30, '30 ms'],
    [1300, '1.3 s'],
    [42_000, '42 s'],
    [185_000, '3 min 5 s'],
    [7_800_000, '2 h 10 min'],
  ])('%d milliseconds', (ms, text) => {
    expect(duration(ms, 'en')).toBe(text);
  });

  it.each([
    [3, '3 seconds ago', 'hace 3 segundos'],
    [7200, '2 hours ago', 'hace 2 horas'],
    [86_400, 'yesterday', 'ayer'],
    [-86_400 * 3, 'in 3 days', 'dentro de 3 días'],
  ])('%d seconds before now', (seconds, en, es) => {
    expect([relativeTime(ago(seconds), NOW, 'en'), relativeTime(ago(seconds), NOW, 'es')]).toEqual([en, es]);
  });

  it('an instant in the agent’s time zone, with the exact one for machines', () => {
    expect(moment(NOW, NOW, 'en', 'Asia/Tokyo')).toMatchObject({
      iso: '2026-11-24T12:00:00.000Z',
      absolute: 'Nov 24, 2026, 21:00',
    });
  });
});
