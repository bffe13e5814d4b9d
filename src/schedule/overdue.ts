import type { Frequency } from '../apps/frequency.js';
import { nextRun } from './next-run.js';

const HOUR_MS = 3_600_000;
const LEAST_GRACE_MS = HOUR_MS;
const MOST_GRACE_MS = 24 * HOUR_MS;
const GRACE_SHARE = 0.25;

/** What the schedule of an app promises. */
export interface Promised {
  frequency: Frequency;
  timezone: string;
  /** As for `nextRun`. */
  key: string;
}

/**
 * Since when an app has had no good backup although one was due; null while all is well. Pure.
 * The grace is a quarter of the interval, at least an hour and at most a day.
 * @param since the last good backup, or when the app was registered
 */
export function overdueSince({ frequency, timezone, key }: Promised, since: Date, now: Date): Date | null {
  const due = nextRun(frequency, timezone, key, since);
  const following = nextRun(frequency, timezone, key, due);
  const share = (following.getTime() - due.getTime()) * GRACE_SHARE;
  const graceMs = Math.min(MOST_GRACE_MS, Math.max(LEAST_GRACE_MS, share));
  return now.getTime() > due.getTime() + graceMs ? due : null;
}
