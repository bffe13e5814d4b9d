import { setTimeout as pause } from 'node:timers/promises';

/** Waits for the end of the work, but no longer than that. @returns null when it failed, or is not over yet */
export async function atMost<T>(ms: number, work: Promise<T>): Promise<T | null> {
  const ended = new AbortController();
  return Promise.race([
    work.catch(() => null).finally(() => ended.abort()),
    pause(ms, null, { signal: ended.signal }).catch(() => null),
  ]);
}
