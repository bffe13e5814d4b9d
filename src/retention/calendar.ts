import { wallClock } from '../core/wall-clock.js';
import type { WallClock } from '../core/wall-clock.js';

export type Period = 'daily' | 'weekly' | 'monthly' | 'yearly';

const two = (value: number): string => String(value).padStart(2, '0');

/** The calendar slot of an instant in a time zone: `20261124`, `2026-W48` (ISO week and its year), `202611`, `2026`. */
export function bucketOf(period: Period, instant: Date, timezone: string): string {
  const local = wallClock(instant, timezone);
  switch (period) {
    case 'daily':
      return `${local.year}${two(local.month)}${two(local.day)}`;
    case 'weekly':
      return isoWeek(local);
    case 'monthly':
      return `${local.year}${two(local.month)}`;
    case 'yearly':
      return String(local.year);
  }
}

/** ISO 8601: the week belongs to the year of its Thursday. */
function isoWeek({ year, month, day }: WallClock): string {
  const date = new Date(Date.UTC(year, month - 1, day));
  const weekday = date.getUTCDay() || 7;
  date.setUTCDate(date.getUTCDate() + 4 - weekday);
  const firstOfYear = Date.UTC(date.getUTCFullYear(), 0, 1);
  const week = Math.ceil(((date.getTime() - firstOfYear) / 86_400_000 + 1) / 7);
  return `${date.getUTCFullYear()}-W${two(week)}`;
}
