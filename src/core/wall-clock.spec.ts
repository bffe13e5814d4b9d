import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { wallClock } from './wall-clock.js';

describe('wallClock', () => {
  it('shows what the clocks of a place show, also before and after they are changed', () => {
    const madrid = (text: string): unknown => wallClock(new Date(text), 'Europe/Madrid');
    const before = { year: 2026, month: 3, day: 29, weekday: 0, hour: 1, minute: 59, second: 58 };
    expect(madrid('2026-03-29T00:59:58Z')).toEqual(before);
    expect(madrid('2026-03-29T01:00:00Z')).toEqual({ ...before, hour: 3, minute: 0, second: 0 });
    expect(wallClock(new Date('2025-12-31T23:30:00Z'), 'Asia/Kathmandu')).toMatchObject({ year: 2026, month: 1, day: 1, hour: 5, minute: 15 }); // prettier-ignore
    expect(wallClock(new Date('2026-11-24T00:00:00Z'), 'UTC')).toMatchObject({ hour: 0, minute: 0 });
  });

  it('agrees with UTC, for any time', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }), (at) => {
        expect(wallClock(at, 'UTC')).toEqual({
          year: at.getUTCFullYear(),
          month: at.getUTCMonth() + 1,
          day: at.getUTCDate(),
          weekday: at.getUTCDay(),
          hour: at.getUTCHours(),
          minute: at.getUTCMinutes(),
          second: at.getUTCSeconds(),
        });
      }),
    );
  });
});
