import { open, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { BackupFailure, messageOf } from '../core/failure.js';
import { abortFailure, unlessAborted } from './abort-failure.js';
import { atMost } from './at-most.js';
import { FileEnd } from './file-end.js';

/** How long a disk may take to let go of what it is writing when the upload is broken off. */
const LET_GO_MS = 15_000;

/**
 * Writes `body` to a new file. The next chunks are counted and hashed elsewhere while some are written.
 * When it fails, nothing is left under `path`, and nothing writes there any more, unless the disk itself hangs.
 * @throws the failure of `body` or of `signal`; else a system error of the disk
 */
export async function writeNewFile(path: string, body: Readable, signal: AbortSignal): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await writeAll(file, body, signal);
    await file.close();
  } catch (error) {
    await atMost(LET_GO_MS, file.close());
    await rm(path, { force: true }).catch(() => undefined);
    throw error;
  }
}

async function writeAll(file: FileHandle, body: Readable, signal: AbortSignal): Promise<void> {
  const into = new FileEnd(file);
  try {
    await unlessAborted(pipeline(body, into), signal);
  } catch (error) {
    body.destroy(signal.aborted ? abortFailure(signal) : undefined);
    await atMost(LET_GO_MS, into.writing);
    // What the source throws can be told from what the disk says.
    if (error instanceof BackupFailure || error === into.diskError) throw error;
    throw new BackupFailure('export-broken', { detail: messageOf(error) }, { cause: error });
  }
}
