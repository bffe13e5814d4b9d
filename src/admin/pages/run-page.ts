import { secondsLeft } from '../../backups/live-progress.js';
import type { PlannedCopy, Run, RunStep } from '../../backups/run.entity.js';
import { FAILURE_TEXTS } from '../../core/failure-texts.js';
import type { FailureCode } from '../../core/failure.js';
import { describeWarning } from '../../core/warning-texts.js';
import type { JobParts } from '../api/job.view.js';
import type { Tone } from './app-verdict.js';
import { duration, fileSize } from './format.js';
import type { Moment } from './format.js';
import type { Reader } from './reader.js';

export const OUTCOME_TONES: Record<NonNullable<Run['outcome']>, Tone> = {
  succeeded: 'ok',
  partial: 'warn',
  failed: 'bad',
  cancelled: 'idle',
  interrupted: 'bad',
};
const STEP_TONES: Record<RunStep['outcome'], Tone> = {
  running: 'busy',
  ok: 'ok',
  failed: 'bad',
  skipped: 'idle',
};
const COPY_TONES: Record<PlannedCopy['outcome'], Tone> = {
  pending: 'busy',
  stored: 'ok',
  failed: 'bad',
  unsettled: 'warn',
};

interface Trouble {
  code: FailureCode;
  says: string;
  fix: string;
  detail: string;
}

function trouble(code: FailureCode, detail: string, reader: Reader): Trouble {
  const { says, hint } = FAILURE_TEXTS[code][reader.lang];
  return { code, says, fix: hint, detail };
}

/** One line about a run, for lists. */
export interface RunRow {
  id: string;
  appId: string;
  canCancel: boolean;
  /** Worth another try, or only waiting for one. */
  canRetry: boolean;
  tone: string;
  badge: string;
  trigger: string;
  at: Moment | null;
  took: string | null;
  size: string | null;
  error: string | null;
}

export function runRow(run: Run, reader: Reader): RunRow {
  const isOver = run.state === 'finished';
  return {
    id: run.id,
    appId: run.appId,
    canCancel: !isOver,
    canRetry: isOver ? run.outcome !== 'succeeded' : run.state === 'queued' && run.notBefore !== null,
    tone: run.outcome === null ? 'busy' : OUTCOME_TONES[run.outcome],
    badge: reader.say(isOver && run.outcome !== null ? `outcome.${run.outcome}` : `runState.${run.state}`),
    trigger: reader.say(`trigger.${run.trigger}`),
    at: reader.moment(run.startedAt ?? run.queuedAt),
    took:
      run.startedAt === null
        ? null
        : duration((run.finishedAt ?? reader.now).getTime() - run.startedAt.getTime(), reader.lang),
    size: run.sizeBytes === null ? null : fileSize(run.sizeBytes, reader.lang),
    error: run.errorCode === null ? null : FAILURE_TEXTS[run.errorCode][reader.lang].says,
  };
}

/** Everything that the page of a run shows. */
export function runPage(parts: JobParts, reader: Reader): object {
  const { run, steps } = parts;
  return {
    ...runRow(run, reader),
    attempt: run.attempt,
    isOpen: run.state !== 'finished',
    started: reader.moment(run.startedAt),
    finished: reader.moment(run.finishedAt),
    sha256: run.sha256,
    progress: progressOf(parts, reader),
    trouble: run.errorCode === null ? null : trouble(run.errorCode, run.errorDetail ?? '', reader),
    warnings: run.warnings.map((warning) => describeWarning(warning, reader.lang)),
    steps: steps.map((step) => stepRow(step, reader)),
    copies: run.plannedCopies.map((copy) => ({
      destination: copy.destination,
      key: copy.key,
      tone: COPY_TONES[copy.outcome],
      badge: reader.say(`copyOutcome.${copy.outcome}`),
      trouble: copy.error === null ? null : trouble(copy.error.code, copy.error.detail, reader),
    })),
  };
}

function progressOf({ run, bytesDone, pace }: JobParts, reader: Reader): object | null {
  if (run.state !== 'running' || bytesDone === null) return null;
  const done = fileSize(bytesDone, reader.lang);
  const total = run.bytesTotal;
  const left = secondsLeft(bytesDone, total, pace);
  const more = [
    ...(pace === null ? [] : [reader.say('run.pace', { pace: fileSize(pace, reader.lang) })]),
    ...(left === null ? [] : [reader.say('run.left', { left: duration(left * 1000, reader.lang) })]),
  ].join(' · ');
  if (total === null || total === 0) return { says: reader.say('run.sent', { done }), more };
  const percent = Math.min(100, Math.floor((bytesDone / total) * 100));
  return {
    says: reader.say('run.sentOf', { done, total: fileSize(total, reader.lang), percent }),
    more,
    value: Math.min(bytesDone, total),
    max: total,
  };
}

function stepRow(step: RunStep, reader: Reader): object {
  return {
    name: reader.say(`step.${step.name}`),
    tone: STEP_TONES[step.outcome],
    badge: reader.say(`stepOutcome.${step.outcome}`),
    at: reader.moment(step.startedAt),
    took: duration((step.finishedAt ?? reader.now).getTime() - step.startedAt.getTime(), reader.lang),
    lines: step.detail === '' ? [] : step.detail.split('\n'),
  };
}
