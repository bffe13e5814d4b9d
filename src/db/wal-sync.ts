import { open } from 'node:fs/promises';
import { EventSubscriber } from 'typeorm';
import type { EntitySubscriberInterface } from 'typeorm';

/** Forces the log of a SQLite database to stable storage. @throws what the file system throws */
export async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r').catch((error: unknown) => {
    // Without a log, SQLite keeps its journal elsewhere and syncs that itself.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  });
  try {
    await handle?.datasync();
  } finally {
    await handle?.close();
  }
}

/** One call at a time; whoever asks while one is under way shares the next. */
export function shared(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null;
  let next: Promise<void> | null = null;
  const begin = (): Promise<void> => {
    running = work().finally(() => (running = null));
    return running;
  };
  return () => {
    if (running === null) return begin();
    const afterwards = (): Promise<void> => {
      next = null;
      return begin();
    };
    next ??= running.then(afterwards, afterwards);
    return next;
  };
}

const READS = /^\s*(?:SELECT|PRAGMA|BEGIN|SAVEPOINT|COMMIT|RELEASE|ROLLBACK)\b/i;

/**
 * A write is on the disk when its promise resolves, as with `synchronous = FULL`, but the process goes on meanwhile:
 * better-sqlite3 would hold up everything for the disk, commit by commit. Runs side by side share one wait.
 * @param sync forces the log to the disk
 */
export function syncAfterWrites(sync: () => Promise<void>): new () => EntitySubscriberInterface {
  const once = shared(sync);
  @EventSubscriber()
  class SyncAfterWrites implements EntitySubscriberInterface {
    afterQuery: NonNullable<EntitySubscriberInterface['afterQuery']> = ({ query, queryRunner, success }) =>
      success && !queryRunner.isTransactionActive && !READS.test(query) ? once() : undefined;

    /** Not with the query COMMIT: until TypeORM knows that it is over, nobody else may come in between. */
    afterTransactionCommit = (): Promise<void> => once();
  }
  return SyncAfterWrites;
}
