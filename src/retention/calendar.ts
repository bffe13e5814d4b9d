export type Period = 'daily' | 'weekly' | 'monthly' | 'yearly';

interface LocalDay {
  year: number;
  month: number;
  day: number;
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function localDay(instant: Date, timezone: string): LocalDay {
  let formatter = formatters.get(timezone);
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat('en-CA', {
      timeZone: timezone,
      calendar: 'gregory',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
    });
    formatters.set(timezone, formatter);
  }
  const parts = formatter.formatToParts(instant);
  const part = (type: string): number => Number(parts.find((piece) => piece.type === type)?.value);
  return { year: part('year'), month: part('month'), day: part('day') };
}

const two = (value: number): string => String(value).padStart(2, '0');

/** The calendar slot of an instant in a time zone: `20261124`, `2026-W48` (ISO week and its year), `202611`, `2026`. */
export function bucketOf(period: Period, instant: Date, timezone: string): string {
  const local = localDay(instant, timezone);
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
function isoWeek({ year, month, day }: LocalDay): string {
  const date = new Date(Date.UTC(year, month - 1, day));
  const weekday = date.getUTCDay() || 7;
  date.setUTCDate(date.getUTCDate() + 4 - weekday);
  const firstOfYear = Date.UTC(date.getUTCFullYear(), 0, 1);
  const week = Math.ceil(((date.getTime() - firstOfYear) / 86_400_000 + 1) / 7);
  return `${date.getUTCFullYear()}-W${two(week)}`;
}
