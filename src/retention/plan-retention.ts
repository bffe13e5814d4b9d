import type { RetentionPolicy } from '../apps/retention-policy.js';
import { bucketOf } from './calendar.js';
import type { Period } from './calendar.js';

/** What the planner needs to know of a stored copy. */
export interface Copy {
  id: string;
  createdAt: Date;
  /** Order in which the copies were made, whatever the clock did. */
  seq: number;
  /** Verified, present and not suspicious; only good copies count. */
  good: boolean;
  pinned: boolean;
}

/** Why a copy is kept: `daily 2 of 7` is `{ rule: 'daily', nth: 2, of: 7 }`. */
export interface KeepReason {
  rule: 'last' | Period | 'pinned' | 'future' | 'everything' | 'not-ours-to-judge';
  nth: number;
  of: number;
  /** Kept only because it is the oldest and the rule still has places. */
  oldest?: true;
}

export interface RetentionPlan {
  keep: { id: string; reasons: KeepReason[] }[];
  /** Oldest first: the order in which they may be deleted. */
  remove: string[];
}

const FUTURE_TOLERANCE_MS = 5 * 60_000;
const PERIODS: readonly Period[] = ['daily', 'weekly', 'monthly', 'yearly'];

/**
 * Decides which copies of one app at one destination stay. Pure; the same function is the preview.
 * Calendar buckets that are not empty, newest in each, in the app's time zone; one copy may serve several rules.
 * Copies that are not good are never selected and never counted.
 */
export function planRetention(
  copies: readonly Copy[],
  policy: RetentionPolicy,
  timezone: string,
  now: Date,
): RetentionPlan {
  const reasons = new Map<string, KeepReason[]>(copies.map((copy) => [copy.id, []]));
  const keep = (copy: Copy, reason: KeepReason): void => void reasons.get(copy.id)?.push(reason);

  for (const copy of copies) {
    if (copy.pinned) keep(copy, { rule: 'pinned', nth: 1, of: 1 });
    if (!copy.good) keep(copy, { rule: 'not-ours-to-judge', nth: 1, of: 1 });
  }
  const good = copies.filter((copy) => copy.good);
  const isFuture = (copy: Copy): boolean => copy.createdAt.getTime() > now.getTime() + FUTURE_TOLERANCE_MS;
  for (const copy of good.filter(isFuture)) keep(copy, { rule: 'future', nth: 1, of: 1 });
  const counted = good.filter((copy) => !isFuture(copy)).sort(byTime);

  if (keepsEverything(policy)) {
    for (const copy of counted) keep(copy, { rule: 'everything', nth: 1, of: 1 });
  } else {
    keepNewest(counted, good, Math.max(1, policy.last, policy.min), keep);
    for (const period of PERIODS) keepBuckets(counted, period, policy[period], timezone, keep);
  }
  return toPlan(copies, reasons);
}

function keepsEverything(policy: RetentionPolicy): boolean {
  return policy.last === 0 && PERIODS.every((period) => policy[period] === 0);
}

/** Newest by time and newest by sequence: a clock that jumped must not cost the copies made last. */
function keepNewest(
  counted: Copy[],
  good: Copy[],
  count: number,
  keep: (copy: Copy, reason: KeepReason) => void,
): void {
  const byTimeFirst = counted.slice(0, count);
  byTimeFirst.forEach((copy, index) => keep(copy, { rule: 'last', nth: index + 1, of: count }));
  const bySequence = [...good].sort((a, b) => b.seq - a.seq).slice(0, count);
  for (const [index, copy] of bySequence.entries()) {
    if (!byTimeFirst.includes(copy)) keep(copy, { rule: 'last', nth: index + 1, of: count });
  }
}

function keepBuckets(
  counted: Copy[],
  period: Period,
  places: number,
  timezone: string,
  keep: (copy: Copy, reason: KeepReason) => void,
): void {
  let used = 0;
  let lastBucket: string | null = null;
  for (const [index, copy] of counted.entries()) {
    if (used >= places) return;
    const bucket = bucketOf(period, copy.createdAt, timezone);
    if (bucket !== lastBucket) {
      used += 1;
      lastBucket = bucket;
      keep(copy, { rule: period, nth: used, of: places });
    } else if (index === counted.length - 1) {
      // History grows from the first day: while places are left, the oldest copy holds the next one.
      keep(copy, { rule: period, nth: used + 1, of: places, oldest: true });
    }
  }
}

function toPlan(copies: readonly Copy[], reasons: ReadonlyMap<string, KeepReason[]>): RetentionPlan {
  const sorted = [...copies].sort(byTime);
  const reasonsOf = (copy: Copy): KeepReason[] => reasons.get(copy.id) ?? [];
  return {
    keep: sorted
      .filter((copy) => reasonsOf(copy).length > 0)
      .map((copy) => ({ id: copy.id, reasons: reasonsOf(copy) })),
    remove: sorted
      .filter((copy) => reasonsOf(copy).length === 0)
      .map((copy) => copy.id)
      .reverse(),
  };
}

/** Newest first; equal instants by sequence, then id, so that the input order never matters. */
function byTime(a: Copy, b: Copy): number {
  return b.createdAt.getTime() - a.createdAt.getTime() || b.seq - a.seq || (a.id < b.id ? 1 : -1);
}
