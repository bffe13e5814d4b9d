import { createReadStream } from 'node:fs';
import type { Dirent, Stats } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { BackupFailure, messageOf } from '../core/failure.js';
import { systemCode } from './error-code.js';
import type { StoredObject } from './destination.js';
import { hashFile } from './hash-file.js';
import type { HashedBytes } from './hash-stream.js';
import { writeNewFile } from './write-file.js';
import { rcloneFailure } from './rclone-errors.js';
import { abortFailure } from './abort-failure.js';

const CHUNK_BYTES = 1024 * 1024;

/** The files of a destination that lies on this machine, without rclone in between. */
export class LocalFiles {
  /** Keys whose bytes are on stable storage, until they have been settled or written anew. */
  private readonly safe = new Set<string>();
  /** Folders whose entries in the folders above them are on stable storage. */
  private readonly placed = new Set<string>();
  /** Under way: who asks at the same time gets the same answer. */
  private rootFound: Promise<Stats | null> | null = null;

  constructor(readonly root: string) {}

  /** @throws destination-changed when the root is gone: an unmounted disk must not be taken for an empty one */
  async checkRoot(): Promise<void> {
    this.rootFound ??= stat(this.root)
      .catch(() => null)
      .finally(() => (this.rootFound = null));
    const found = await this.rootFound;
    if (found?.isDirectory() !== true)
      throw new BackupFailure('destination-changed', { detail: `${this.root} is not a folder` });
  }

  /** @returns its size, null when there is no such file. @throws destination-changed */
  async size(key: string): Promise<number | null> {
    try {
      const found = await stat(join(this.root, key));
      return found.isFile() ? found.size : null;
    } catch (error) {
      if (isMissing(error)) {
        await this.checkRoot();
        return null;
      }
      throw rcloneFailure(messageOf(error), error);
    }
  }

  /** @throws copy-missing */
  async open(key: string, signal: AbortSignal): Promise<Readable> {
    if (signal.aborted) throw abortFailure(signal);
    if ((await this.size(key)) === null) throw new BackupFailure('copy-missing', { detail: key });
    return createReadStream(join(this.root, key), { highWaterMark: CHUNK_BYTES, signal });
  }

  /** Writes a new file; one that could not be written whole is gone. @throws the failure of `body` or `signal`; what the disk said */
  async write(key: string, body: Readable, signal: AbortSignal): Promise<void> {
    const path = join(this.root, key);
    this.safe.delete(key);
    await this.attempt(() => this.inFolder(path, () => writeNewFile(path, body, signal)));
  }

  /** Size and sha256 of a file, read to its end. @throws copy-missing */
  async digest(key: string, signal: AbortSignal): Promise<HashedBytes> {
    try {
      return await hashFile(join(this.root, key), signal);
    } catch (error) {
      if (isMissing(error)) throw new BackupFailure('copy-missing', { detail: key }, { cause: error });
      throw error;
    }
  }

  /** The files directly in a folder, none where it is missing; links are not followed. @throws destination-changed */
  async list(folder: string): Promise<StoredObject[]> {
    const names = (await this.entries(folder)).filter((entry) => entry.isFile()).map(({ name }) => name);
    const objects: StoredObject[] = [];
    for (const name of names) {
      const key = folder === '' ? name : `${folder}/${name}`;
      const sizeBytes = await this.size(key);
      // Gone since the folder was read.
      if (sizeBytes !== null) objects.push({ key, sizeBytes });
    }
    return objects;
  }

  /** Names of the folders directly in a folder. @throws destination-changed */
  async folders(folder: string): Promise<string[]> {
    return (await this.entries(folder)).filter((entry) => entry.isDirectory()).map(({ name }) => name);
  }

  /** A file that is gone already is no error. */
  async remove(key: string): Promise<void> {
    this.safe.delete(key);
    await this.attempt(() =>
      unlink(join(this.root, key)).catch((error: unknown) => {
        // A folder of that name is no object.
        if (!isMissing(error) && systemCode(error) !== 'EISDIR') throw error;
      }),
    );
  }

  /** One rename of the kernel; the caller has made sure that nobody else writes `to`. */
  async rename(from: string, to: string): Promise<void> {
    const path = join(this.root, to);
    await this.attempt(() => this.inFolder(path, () => rename(join(this.root, from), path)));
    if (this.safe.delete(from)) this.safe.add(to);
    else this.safe.delete(to);
  }

  /** Whole or not at all, replacing what an earlier try may have left at `partial`. */
  async put(partial: string, key: string, bytes: Buffer): Promise<void> {
    const path = join(this.root, partial);
    try {
      await this.attempt(() => this.inFolder(path, () => writeFile(path, bytes)));
      await this.rename(partial, key);
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
  }

  /** Forces a file's bytes to stable storage. */
  async sync(key: string): Promise<void> {
    await sync(join(this.root, key));
    this.safe.add(key);
  }

  /** Forces files and the entries of their folders to stable storage: the kernel alone takes up to half a minute for it. */
  async settle(keys: readonly string[]): Promise<void> {
    for (const key of keys) if (!this.safe.has(key)) await sync(join(this.root, key));
    for (const folder of new Set(keys.map((key) => dirname(join(this.root, key))))) await this.place(folder);
    for (const key of keys) this.safe.delete(key);
  }

  /** The entries of a folder; and those by which it is found, where that was not seen to before. */
  private async place(folder: string): Promise<void> {
    await sync(folder);
    if (this.placed.has(folder) || folder === this.root || folder === dirname(folder)) return;
    await this.place(dirname(folder));
    this.placed.add(folder);
  }

  /** Does `write`, and only makes the folder of `path` when it turns out to be missing: mostly it is there. */
  private async inFolder(path: string, write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      if (!isMissing(error)) throw error;
      await this.checkRoot();
      if ((await mkdir(dirname(path), { recursive: true })) !== undefined) this.placed.clear();
      await write();
    }
  }

  private async entries(folder: string): Promise<Dirent[]> {
    await this.checkRoot();
    try {
      return await readdir(join(this.root, folder), { withFileTypes: true });
    } catch (error) {
      if (isMissing(error)) return [];
      throw rcloneFailure(messageOf(error), error);
    }
  }

  private async attempt(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (error instanceof BackupFailure) throw error;
      throw rcloneFailure(messageOf(error), error);
    }
  }
}

async function sync(path: string): Promise<void> {
  try {
    const handle = await open(path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (isMissing(error)) throw new BackupFailure('copy-missing', { detail: path }, { cause: error });
    throw rcloneFailure(messageOf(error), error);
  }
}

function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '');
}
