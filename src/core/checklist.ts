import type { Clock } from './clock.js';
import { asFailure } from './failure.js';
import type { BackupFailure } from './failure.js';

/** One thing that was tried. */
export interface Check<Name extends string = string> {
  name: Name;
  /** What it was tried on, where there are several; empty otherwise. */
  subject: string;
  outcome: 'ok' | 'warning' | 'failed' | 'skipped';
  tookMs: number;
  /** What was found. */
  detail: string;
  failure: BackupFailure | null;
}

/** What a check found; a plain text is fine. */
export type Finding = string | { warning: string };

/** Tries things one after the other, and what depends on one that failed not at all. */
export class Checklist<Name extends string> {
  readonly checks: Check<Name>[] = [];

  constructor(private readonly clock: Clock) {}

  get hasFailed(): boolean {
    return this.checks.some(({ outcome }) => outcome === 'failed');
  }

  /** Skipped when an earlier check has failed. Never rejects. */
  async next(name: Name, work: () => Promise<Finding>): Promise<void> {
    if (!this.hasFailed) return this.always(name, '', work);
    this.skip(name);
  }

  skip(name: Name): void {
    this.checks.push({ name, subject: '', outcome: 'skipped', tookMs: 0, detail: '', failure: null });
  }

  /** Whatever the earlier checks came to. Never rejects. */
  async always(name: Name, subject: string, work: () => Promise<Finding>): Promise<void> {
    const began = this.clock.monotonicMs();
    const done = (more: Pick<Check, 'outcome' | 'detail' | 'failure'>): void =>
      void this.checks.push({ name, subject, tookMs: Math.round(this.clock.monotonicMs() - began), ...more });
    try {
      const found = await work();
      if (typeof found === 'string') done({ outcome: 'ok', detail: found, failure: null });
      else done({ outcome: 'warning', detail: found.warning, failure: null });
    } catch (error) {
      const failure = asFailure(error);
      done({ outcome: 'failed', detail: failure.detail, failure });
    }
  }
}

/** What a part of the way needs to add its own checks. */
export type Steps<Name extends string> = Pick<Checklist<Name>, 'next' | 'skip'>;
