import { createHash } from 'node:crypto';
import { Cron } from 'croner';
import type { Frequency } from '../apps/frequency.js';

/** Words without a time are spread over this part of the night, so that not everything starts at 00:00. */
const NIGHT_MINUTES = 6 * 60;

/**
 * When an app is next due, strictly after `after`. Pure.
 * Slots are wall-clock times in `timezone`: each fires once, also on the days when clocks change.
 * @param key spreads words and intervals: the same for an app on every machine
 */
export function nextRun(frequency: Frequency, timezone: string, key: string, after: Date): Date {
  if (frequency.kind === 'every') return nextInterval(frequency.minutes, key, after);
  const next = new Cron(cronOf(frequency, key), { paused: true, timezone }).nextRun(after);
  // The parser has refused expressions that never fire.
  if (next === null) throw new Error(`no next run for ${JSON.stringify(frequency)}`);
  return next;
}

/** The next `count` due times. */
export function nextRuns(
  frequency: Frequency,
  timezone: string,
  key: string,
  after: Date,
  count: number,
): Date[] {
  const runs: Date[] = [];
  let last = after;
  for (let index = 0; index < count; index += 1) {
    last = nextRun(frequency, timezone, key, last);
    runs.push(last);
  }
  return runs;
}

/** The five fields of a frequency that has some. */
export function cronOf(frequency: Exclude<Frequency, { kind: 'every' }>, key: string): string {
  switch (frequency.kind) {
    case 'cron':
      return frequency.expression;
    case 'at':
      return `${frequency.minute} ${frequency.hour} * * ${frequency.weekday ?? '*'}`;
    case 'word': {
      const spread = spreadOf(key);
      const minute = spread % 60;
      const hour = Math.floor((spread % NIGHT_MINUTES) / 60);
      const rest = {
        hourly: '* * * *',
        daily: `${hour} * * *`,
        weekly: `${hour} * * 0`,
        monthly: `${hour} 1 * *`,
      };
      return `${minute} ${rest[frequency.word]}`;
    }
  }
}

function nextInterval(minutes: number, key: string, after: Date): Date {
  const lengthMs = minutes * 60_000;
  const offsetMs = (spreadOf(key) % minutes) * 60_000;
  const passed = Math.floor((after.getTime() - offsetMs) / lengthMs);
  return new Date((passed + 1) * lengthMs + offsetMs);
}

function spreadOf(key: string): number {
  return createHash('sha256').update(key).digest().readUInt32BE(0);
}
