import type { Worker } from 'node:worker_threads';
import { HashThreads, startHashWorker } from './hash-threads.js';

/** Threads that a test can look at, and kill. */
export function watchedThreads(most = 2): { threads: HashThreads; workers: Worker[]; living: () => number } {
  const workers: Worker[] = [];
  let ended = 0;
  const start = (): Worker => {
    const worker = startHashWorker();
    workers.push(worker.once('exit', () => (ended += 1)));
    return worker;
  };
  return { threads: new HashThreads(most, start, 50), workers, living: () => workers.length - ended };
}

/** Waits until it holds; the test's own time limit ends it. */
export async function untilTrue(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
}
