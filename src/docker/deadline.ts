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
  const answer = call(stop.signal);
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => {
      stop.abort();
      reject(new DeadlineError(`${what} was not answered within ${ms} ms`));
    }, ms).unref();
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
