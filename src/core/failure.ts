import { FAILURE_TEXTS } from './failure-texts.js';
import type { FailureCode } from './failure-texts.js';
import { redact } from './redact.js';

export type { FailureCode } from './failure-texts.js';

/** Whether trying again by itself can help. */
export type Retry = 'never' | 'later';

export interface FailureFacts {
  /** What was seen, for the run's log: short, redacted, without the code's own sentence. */
  detail?: string;
  /** Overrides the retry rule of the code. */
  retry?: Retry;
}

/** Everything that can go wrong with a backup is one of a closed list of codes. */
export class BackupFailure extends Error {
  readonly code: FailureCode;
  readonly detail: string;
  readonly retry: Retry;

  constructor(code: FailureCode, facts: FailureFacts = {}, options?: ErrorOptions) {
    const detail = redact(facts.detail ?? '').slice(0, 1000);
    super(
      detail === '' ? FAILURE_TEXTS[code].en.says : `${FAILURE_TEXTS[code].en.says} (${detail})`,
      options,
    );
    this.name = 'BackupFailure';
    this.code = code;
    this.detail = detail;
    this.retry = facts.retry ?? FAILURE_TEXTS[code].retry;
  }
}

/** Any thrown thing as a BackupFailure; what we did not foresee is `internal`. */
export function asFailure(error: unknown): BackupFailure {
  if (error instanceof BackupFailure) return error;
  // What SQLite says; a destination that is full is told of by its own adapter.
  if (messageOf(error).includes('database or disk is full'))
    return new BackupFailure('agent-disk-full', { detail: 'database' }, { cause: error });
  return new BackupFailure('internal', { detail: messageOf(error) }, { cause: error });
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
