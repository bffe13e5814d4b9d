import { open, rm, writeFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { BackupFailure, messageOf } from '../core/failure.js';
import { abortFailure, unlessAborted } from './abort-failure.js';
import { atMost } from './at-most.js';

/** How long a disk may take to let go of what it is writing when the upload is broken off. */
const LET_GO_MS = 15_000;

/**
 * Writes `body` to a new file. The next chunk is counted and hashed elsewhere while this one is written.
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
  const writing = writeFile(file, tellingWhoFailed(body));
  try {
    await unlessAborted(writing, signal);
  } catch (error) {
    body.destroy(signal.aborted ? abortFailure(signal) : undefined);
    await atMost(LET_GO_MS, writing);
    throw error;
  }
}

/** The chunks; what the source throws can be told from what the disk says. */
async function* tellingWhoFailed(body: Readable): AsyncGenerator<Buffer> {
  try {
    yield* body as AsyncIterable<Buffer>;
  } catch (error) {
    if (error instanceof BackupFailure) throw error;
    throw new BackupFailure('export-broken', { detail: messageOf(error) }, { cause: error });
  }
}
