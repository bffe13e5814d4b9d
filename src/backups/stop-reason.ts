import { BackupFailure, asFailure } from '../core/failure.js';
import type { RunOutcome } from './run.entity.js';

/** Why a run's signal was aborted. */
export type StopReason = 'cancelled' | 'shutdown' | 'timeout';

/** A signal that also fires after `timeoutMs`; its reason is a StopReason. `release` ends the timer. */
export function limitedSignal(
  outer: AbortSignal,
  timeoutMs: number,
): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const stop = (reason: StopReason): void => controller.abort(reason);
  const onOuter = (): void => stop(outer.reason === 'shutdown' ? 'shutdown' : 'cancelled');
  // Node clamps longer timers to 1 ms, which would end every such run at once.
  const timer = setTimeout(() => stop('timeout'), Math.min(timeoutMs, 2 ** 31 - 1));
  if (outer.aborted) onOuter();
  outer.addEventListener('abort', onOuter, { once: true });
  return {
    signal: controller.signal,
    release: () => {
      clearTimeout(timer);
      outer.removeEventListener('abort', onOuter);
    },
  };
}

/** What a thrown error means for the run: a stopped run fails for the reason it was stopped, whatever broke because of it. */
export function endOf(error: unknown, signal: AbortSignal): { outcome: RunOutcome; failure: BackupFailure } {
  if (signal.aborted) {
    switch (signal.reason as StopReason) {
      case 'cancelled':
        return { outcome: 'cancelled', failure: new BackupFailure('cancelled') };
      case 'shutdown':
        return {
          outcome: 'interrupted',
          failure: new BackupFailure('interrupted', { detail: 'the agent was shut down' }),
        };
      case 'timeout':
        return { outcome: 'failed', failure: new BackupFailure('run-timeout') };
    }
  }
  return { outcome: 'failed', failure: asFailure(error) };
}
