import type { Backup } from '../../backups/backup.entity.js';
import { secondsLeft } from '../../backups/live-progress.js';
import type { PlannedCopy, Run, RunStep } from '../../backups/run.entity.js';
import { FAILURE_TEXTS } from '../../core/failure-texts.js';
import type { FailureCode } from '../../core/failure.js';
import { describeWarning } from '../../core/warning-texts.js';
import type { Lang } from '../lang.js';
import { backupJson } from './backup.view.js';

export interface JobParts {
  run: Run;
  steps: readonly RunStep[];
  backups: readonly Backup[];
  /** From the run that is under way; null otherwise. */
  bytesDone: number | null;
  /** Bytes per second; null when the run does not send. */
  pace: number | null;
}

function errorJson(code: FailureCode, detail: string, lang: Lang): object {
  const { says, hint } = FAILURE_TEXTS[code][lang];
  return { code, message: says, hint, detail };
}

const copyJson = (copy: PlannedCopy, lang: Lang): object => ({
  destination: copy.destination,
  object_key: copy.key,
  outcome: copy.outcome,
  error: copy.error === null ? null : errorJson(copy.error.code, copy.error.detail, lang),
});

const stepJson = (step: RunStep): object => ({
  name: step.name,
  started_at: step.startedAt.toISOString(),
  finished_at: step.finishedAt?.toISOString() ?? null,
  outcome: step.outcome,
  detail: step.detail,
});

/** A run as the API shows it, under the name that its users know: job. */
export function jobJson({ run, steps, backups, bytesDone, pace }: JobParts, lang: Lang): object {
  return {
    id: run.id,
    app_id: run.appId,
    trigger: run.trigger,
    state: run.state,
    outcome: run.outcome,
    attempt: run.attempt,
    error: run.errorCode === null ? null : errorJson(run.errorCode, run.errorDetail ?? '', lang),
    steps: steps.map(stepJson),
    bytes_done: bytesDone ?? run.sizeBytes ?? 0,
    bytes_total: run.bytesTotal,
    bytes_per_second: pace,
    eta_seconds: secondsLeft(bytesDone ?? 0, run.bytesTotal, pace),
    size_bytes: run.sizeBytes,
    sha256: run.sha256,
    queued_at: run.queuedAt.toISOString(),
    started_at: run.startedAt?.toISOString() ?? null,
    finished_at: run.finishedAt?.toISOString() ?? null,
    copies: run.plannedCopies.map((copy) => copyJson(copy, lang)),
    warnings: run.warnings.map((warning) => ({
      code: warning.code,
      message: describeWarning(warning, lang),
    })),
    backups: backups.map((backup) => backupJson(backup, [], lang)),
  };
}
