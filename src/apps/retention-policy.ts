import { parsed, refused } from './problem.js';
import type { Parsed } from './problem.js';

/** How many copies to keep. All zero means: keep everything. */
export interface RetentionPolicy {
  last: number;
  daily: number;
  weekly: number;
  monthly: number;
  yearly: number;
  /** Never fewer good copies than this, whatever the rest says. */
  min: number;
}

export const RETENTION_KEYS = ['last', 'daily', 'weekly', 'monthly', 'yearly', 'min'] as const;
export const DEFAULT_MIN_COPIES = 3;
const MOST = 9999;

/** Parses `daily=7,weekly=4`; keys not named are 0, `min` is 3. */
export function parseRetention(raw: string): Parsed<RetentionPolicy> {
  const policy: RetentionPolicy = {
    last: 0,
    daily: 0,
    weekly: 0,
    monthly: 0,
    yearly: 0,
    min: DEFAULT_MIN_COPIES,
  };
  const seen = new Set<string>();
  for (const part of raw.split(',')) {
    const match = /^\s*(last|daily|weekly|monthly|yearly|min)\s*=\s*(\d{1,4})\s*$/i.exec(part);
    const key = match?.[1]?.toLowerCase() as keyof RetentionPolicy | undefined;
    if (key === undefined || seen.has(key) || Number(match?.[2]) > MOST) return refused('retention-invalid');
    seen.add(key);
    policy[key] = Number(match?.[2]);
  }
  return policy.min < 1 ? refused('retention-invalid') : parsed(policy);
}

export function printRetention(policy: RetentionPolicy): string {
  return RETENTION_KEYS.filter((key) => policy[key] > 0)
    .map((key) => `${key}=${policy[key]}`)
    .join(',');
}

/** Whether `next` keeps fewer copies than `current` under any rule. */
export function isShrinking(current: RetentionPolicy, next: RetentionPolicy): boolean {
  const keepsAll = (policy: RetentionPolicy): boolean =>
    RETENTION_KEYS.every((key) => key === 'min' || policy[key] === 0);
  if (keepsAll(next)) return false;
  return keepsAll(current) || RETENTION_KEYS.some((key) => next[key] < current[key]);
}
