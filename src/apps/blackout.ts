import { wallClock } from '../core/wall-clock.js';
import { parsed, refused } from './problem.js';
import type { Parsed } from './problem.js';

/** A stretch of the week in which nothing is started by itself. */
export interface BlackoutWindow {
  /** 0 = Sunday; the day on which it begins. */
  days: readonly number[];
  fromMinute: number;
  /** Earlier than `fromMinute` when it ends on the next day. */
  toMinute: number;
}

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const DAY_MINUTES = 1440;
const WINDOW =
  /^(?:(sun|mon|tue|wed|thu|fri|sat)(?:-(sun|mon|tue|wed|thu|fri|sat))? )?(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})$/;

/** Parses `22:00-06:00` or `mon-fri 08:00-18:00,sat 09:00-12:00`. */
export function parseBlackout(raw: string): Parsed<BlackoutWindow[]> {
  const windows: BlackoutWindow[] = [];
  for (const part of raw.toLowerCase().split(',')) {
    const window = parseWindow(part.trim().replace(/\s+/g, ' '));
    if (window === null) return refused('blackout-invalid');
    windows.push(window);
  }
  return parsed(windows);
}

function parseWindow(text: string): BlackoutWindow | null {
  const match = WINDOW.exec(text);
  if (match === null) return null;
  const [, firstDay, lastDay, ...clock] = match;
  const [fromHour = 0, from = 0, toHour = 0, to = 0] = clock.map(Number);
  const fromMinute = fromHour * 60 + from;
  const toMinute = toHour * 60 + to;
  if (from > 59 || to > 59 || fromMinute >= DAY_MINUTES || toMinute > DAY_MINUTES || fromMinute === toMinute)
    return null;
  return { days: daysBetween(firstDay, lastDay), fromMinute, toMinute };
}

function daysBetween(first: string | undefined, last: string | undefined): number[] {
  if (first === undefined) return [0, 1, 2, 3, 4, 5, 6];
  const from = DAYS.indexOf(first);
  const length = last === undefined ? 1 : ((DAYS.indexOf(last) - from + 7) % 7) + 1;
  return Array.from({ length }, (_, index) => (from + index) % 7);
}

const two = (value: number): string => String(value).padStart(2, '0');
const clockOf = (minute: number): string => `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;

export function printBlackout(windows: readonly BlackoutWindow[]): string {
  return windows
    .map(({ days, fromMinute, toMinute }) => {
      const names =
        days.length === 7
          ? ''
          : days.length === 1
            ? `${DAYS[days[0] ?? 0]} `
            : `${DAYS[days[0] ?? 0]}-${DAYS[days.at(-1) ?? 0]} `;
      return `${names}${clockOf(fromMinute)}-${clockOf(toMinute)}`;
    })
    .join(',');
}

/**
 * When the blackout that `now` lies in ends; null outside of all. Pure.
 * By the wall clock of `timezone`; across a clock change it may be an hour off and is then asked again.
 */
export function blackoutEnd(windows: readonly BlackoutWindow[], timezone: string, now: Date): Date | null {
  if (windows.length === 0) return null;
  const { weekday, hour, minute, second } = wallClock(now, timezone);
  const left = windows.map((window) => minutesLeft(window, weekday, hour * 60 + minute));
  const longest = Math.max(0, ...left);
  return longest === 0
    ? null
    : new Date(now.getTime() + (longest * 60 - second) * 1000 - (now.getTime() % 1000));
}

function minutesLeft(
  { days, fromMinute, toMinute }: BlackoutWindow,
  weekday: number,
  minute: number,
): number {
  const length = (toMinute - fromMinute + DAY_MINUTES) % DAY_MINUTES || DAY_MINUTES;
  const starts = [weekday, (weekday + 6) % 7].map((day, daysAgo) => ({
    day,
    since: minute - fromMinute + daysAgo * DAY_MINUTES,
  }));
  const inside = starts.filter(({ day, since }) => days.includes(day) && since >= 0 && since < length);
  return Math.max(0, ...inside.map(({ since }) => length - since));
}
