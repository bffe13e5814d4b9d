import { setTimeout as pause } from 'node:timers/promises';

const FIRST_PAUSE_MS = 50;
const MOST_PAUSE_MS = 500;
/** How long a lock of another program is waited for, while everything else goes on. */
const PATIENCE_MS = 10 * 60_000;
/** A lock that lasts this long is not one of a copy of ours, and a person wants to know. */
const TELL_AFTER_MS = 3000;

/** Waits for locks of other programs on the database, and tells a person of one that lasts. */
export class LockWait {
  private isTold = false;

  constructor(private readonly say: (line: string) => void) {}

  /** @throws what `ask` throws, a lock only after ten minutes */
  async outlast<T>(ask: () => Promise<T>): Promise<T> {
    const began = performance.now();
    let metLock = false;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(MOST_PAUSE_MS, pauseMs * 2)) {
      try {
        const answer = await ask();
        // One that met no lock proves nothing: reading goes on while another program writes.
        if (metLock) this.tellEnd();
        return answer;
      } catch (error) {
        const waitedMs = performance.now() - began;
        if (!isLocked(error) || waitedMs > PATIENCE_MS) throw error;
        metLock = true;
        if (waitedMs > TELL_AFTER_MS) this.tell();
        await pause(pauseMs);
      }
    }
  }

  private tell(): void {
    if (this.isTold) return;
    this.isTold = true;
    this.say(
      'The database is locked by another program: an open sqlite3, one that copies it, or an agent that stands still. ' +
        'What is to be written waits, for ten minutes at most. End that program.',
    );
  }

  private tellEnd(): void {
    if (!this.isTold) return;
    this.isTold = false;
    this.say('The database is free again.');
  }
}

/** Whether SQLite, asked by itself or through TypeORM, met a lock of another program. */
export function isLocked(error: unknown): boolean {
  const { code, driverError } = error as { code?: unknown; driverError?: { code?: unknown } };
  return code === 'SQLITE_BUSY' || driverError?.code === 'SQLITE_BUSY';
}
