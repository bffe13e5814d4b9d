import { BackupFailure } from '../core/failure.js';

/** Why a signal was aborted: the failure that was given as its reason, else `cancelled`. */
export function abortFailure(signal: AbortSignal): BackupFailure {
  return signal.reason instanceof BackupFailure
    ? signal.reason
    : new BackupFailure('cancelled', {}, { cause: signal.reason });
}

/** The promise, or the abort if that comes first. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(abortFailure(signal));
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
