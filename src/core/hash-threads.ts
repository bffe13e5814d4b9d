import { Worker } from 'node:worker_threads';
import { BackupFailure } from './failure.js';

/** What a thread is told; `id` names the job. */
export type Order =
  | { id: number; kind: 'file'; path: string }
  | { id: number; kind: 'stream'; names: readonly string[] }
  | { id: number; kind: 'bytes'; slot: SharedArrayBuffer; length: number }
  | { id: number; kind: 'digest' }
  | { id: number; kind: 'stop' };

/** What a thread says; after all but `taken` the job is over. */
export type Answer =
  | { id: number; kind: 'taken' }
  | { id: number; kind: 'file'; sizeBytes: number; sha256: string }
  | { id: number; kind: 'digests'; digests: string[] }
  | { id: number; kind: 'stopped' }
  | { id: number; kind: 'failed'; message: string; code: string | null };

/** One file or one stream. */
export interface Job {
  answered(answer: Answer): void;
  /** The thread is gone; nothing more comes. */
  lost(failure: BackupFailure): void;
}

/** What a job does with its thread. */
export type Tell = (order: DistributedOmit<Order, 'id'>) => void;
type DistributedOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** A thread keeps some memory: it ends after so long without work. */
const IDLE_MS = 3000;

export const startHashWorker = (): Worker =>
  new Worker(new URL('./hash-worker.mjs', import.meta.url), {
    execArgv: [],
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 },
  });

/** A few threads that hash, so that the main one only moves bytes. They start when there is work. */
export class HashThreads {
  private readonly threads = new Set<HashThread>();

  constructor(
    private readonly most: number,
    private readonly start: () => Worker = startHashWorker,
    private readonly idleMs = IDLE_MS,
  ) {}

  /** Gives a job to the thread with the least to do. */
  take(job: Job): Tell {
    const [least] = [...this.threads].sort((a, b) => a.jobs - b.jobs);
    if (least !== undefined && (least.jobs === 0 || this.threads.size >= this.most)) return least.take(job);
    const thread = new HashThread(this.start(), this.idleMs, () => this.threads.delete(thread));
    this.threads.add(thread);
    return thread.take(job);
  }
}

class HashThread {
  private readonly underWay = new Map<number, Job>();
  private lastId = 0;
  private idle: NodeJS.Timeout | null = null;

  constructor(
    private readonly worker: Worker,
    private readonly idleMs: number,
    private readonly onEnd: () => void,
  ) {
    worker.on('message', (answer: Answer) => this.hear(answer));
    worker.on('error', (error: Error) => this.end(error.message));
    worker.on('exit', (code) => this.end(`exit ${code}`));
  }

  get jobs(): number {
    return this.underWay.size;
  }

  take(job: Job): Tell {
    if (this.idle !== null) clearTimeout(this.idle);
    this.idle = null;
    this.worker.ref();
    this.lastId += 1;
    const id = this.lastId;
    this.underWay.set(id, job);
    return (order) => this.worker.postMessage({ ...order, id });
  }

  private hear(answer: Answer): void {
    const job = this.underWay.get(answer.id);
    if (answer.kind !== 'taken') this.underWay.delete(answer.id);
    if (this.jobs === 0 && this.idle === null) this.rest();
    job?.answered(answer);
  }

  /** Does not keep the process alive, and ends when nothing comes. */
  private rest(): void {
    this.worker.unref();
    this.idle = setTimeout(() => {
      this.onEnd();
      void this.worker.terminate();
    }, this.idleMs).unref();
  }

  private end(why: string): void {
    this.onEnd();
    const lost = [...this.underWay.values()];
    this.underWay.clear();
    const failure = new BackupFailure('internal', { detail: `a thread that hashes ended: ${why}` });
    for (const job of lost) job.lost(failure);
  }
}

/** For what is read from disks: a disk that hangs must not hold up the streams. */
export const fileThreads = new HashThreads(4);
/** For what passes through. */
export const streamThreads = new HashThreads(2);
