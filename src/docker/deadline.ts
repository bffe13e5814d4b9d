import { setTimeout as pause } from 'node:timers/promises';

/** A call was not answered in time; whether the engine is there at all is another question. */
export class DeadlineError extends Error {}

/**
 * Runs a call with a deadline of its own. The client's promises can stay pending for ever (a connection cut in the
 * middle of a body), so the signal alone is not enough.
 * @throws DeadlineError when `ms` have passed
 */
export async function withDeadline<T>(
  what: string,
  ms: number,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const timer = new AbortController();
  const late = pause(ms, undefined, { signal: timer.signal, ref: false }).then(() => {
    stop.abort();
    throw new DeadlineError(`${what} was not answered within ${ms} ms`);
  });
  late.catch(() => undefined);
  const answer = call(stop.signal);
  answer.catch(() => undefined);
  try {
    return await Promise.race([answer, late]);
  } finally {
    timer.abort();
  }
}
