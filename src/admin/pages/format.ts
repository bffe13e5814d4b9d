import type { Lang } from '../lang.js';

/** An instant for a template: `<time datetime="{{iso}}" title="{{absolute}}">{{relative}}</time>`. */
export interface Moment {
  iso: string;
  absolute: string;
  relative: string;
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['week', 7 * 86_400],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

export function relativeTime(at: Date, now: Date, lang: Lang): string {
  const seconds = (at.getTime() - now.getTime()) / 1000;
  const format = new Intl.RelativeTimeFormat(lang, { numeric: 'auto' });
  for (const [unit, size] of STEPS) {
    // Two days ago is said as days, 45 seconds as seconds.
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit);
  }
  return format.format(Math.trunc(seconds), 'second');
}

export function moment(at: Date, now: Date, lang: Lang, timezone: string): Moment {
  const format = new Intl.DateTimeFormat(lang, {
    dateStyle: 'medium',
    timeStyle: 'short',
    hourCycle: 'h23',
    timeZone: timezone,
  });
  return { iso: at.toISOString(), absolute: format.format(at), relative: relativeTime(at, now, lang) };
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

export function fileSize(bytes: number, lang: Lang): string {
  const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  const digits = power === 0 || value >= 100 ? 0 : 1;
  return `${value.toLocaleString(lang, { minimumFractionDigits: digits, maximumFractionDigits: digits })} ${UNITS[power] ?? 'B'}`;
}

/** `30 ms`, `1.3 s`, `42 s`, `3 min 5 s`, `2 h 10 min`. */
export function duration(ms: number, lang: Lang): string {
  const seconds = ms / 1000;
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  if (seconds < 10) return `${seconds.toLocaleString(lang, { maximumFractionDigits: 1 })} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
