import { Cron } from 'croner';
import { parsed, refused } from './problem.js';
import type { Parsed } from './problem.js';

export type Weekday = 0 | 1 | 2 | 3 | 4 | 5 | 6;

/** When an app is backed up. Words without a time are spread over the night by a hash of the app (schedule/next-run). */
export type Frequency =
  | { kind: 'word'; word: 'hourly' | 'daily' | 'weekly' | 'monthly' }
  | { kind: 'at'; word: 'daily' | 'weekly'; weekday: Weekday | null; hour: number; minute: number }
  | { kind: 'every'; minutes: number }
  | { kind: 'cron'; expression: string };

const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
const UNIT_MINUTES = { m: 1, h: 60, d: 1440 } as const;
/** A shorter interval would be a load, not a backup plan. */
const SHORTEST_MINUTES = 5;
const LONGEST_MINUTES = 366 * 1440;

/** Parses `daily`, `daily@03:00`, `weekly@sun-03:00`, `every 6h`, `@daily` or a five-field cron expression. */
export function parseFrequency(raw: string): Parsed<Frequency> {
  const value = raw.trim().toLowerCase().replace(/\s+/g, ' ').replace(/^@/, '');
  return parseWord(value) ?? parseEvery(value) ?? parseCron(value) ?? refused('frequency-invalid');
}

function parseWord(value: string): Parsed<Frequency> | null {
  if (value === 'hourly' || value === 'daily' || value === 'weekly' || value === 'monthly') {
    return parsed({ kind: 'word', word: value });
  }
  const match = /^(?:daily@|weekly@(sun|mon|tue|wed|thu|fri|sat)-)([01]?\d|2[0-3]):([0-5]\d)$/.exec(value);
  if (match === null) return null;
  const day = match[1];
  const weekday = day === undefined ? null : (WEEKDAYS.findIndex((name) => name === day) as Weekday);
  const word = day === undefined ? 'daily' : 'weekly';
  return parsed({ kind: 'at', word, weekday, hour: Number(match[2]), minute: Number(match[3]) });
}

function parseEvery(value: string): Parsed<Frequency> | null {
  const match = /^every (\d{1,6}) ?(m|min|h|d)$/.exec(value);
  if (match === null) return null;
  const unit = match[2] === 'min' ? 'm' : (match[2] as keyof typeof UNIT_MINUTES);
  const minutes = Number(match[1]) * UNIT_MINUTES[unit];
  if (minutes < SHORTEST_MINUTES || minutes > LONGEST_MINUTES) return refused('frequency-invalid');
  return parsed({ kind: 'every', minutes });
}

function parseCron(value: string): Parsed<Frequency> | null {
  if (value.split(' ').length !== 5 || !/^[\d*,/a-z?#l-]+( [\d*,/a-z?#l-]+){4}$/.test(value)) return null;
  try {
    // An expression that never fires (31 February) is as wrong as one that cannot be read.
    const next = new Cron(value, { paused: true, timezone: 'UTC' }).nextRun(new Date(0));
    return next === null ? null : parsed({ kind: 'cron', expression: value });
  } catch {
    return null;
  }
}

const two = (value: number): string => String(value).padStart(2, '0');

/** The text that parses back to the same frequency. */
export function printFrequency(frequency: Frequency): string {
  switch (frequency.kind) {
    case 'word':
      return frequency.word;
    case 'at': {
      const time = `${two(frequency.hour)}:${two(frequency.minute)}`;
      return frequency.weekday === null ? `daily@${time}` : `weekly@${WEEKDAYS[frequency.weekday]}-${time}`;
    }
    case 'every':
      return frequency.minutes % 60 === 0
        ? `every ${frequency.minutes / 60}h`
        : `every ${frequency.minutes}m`;
    case 'cron':
      return frequency.expression;
  }
}
