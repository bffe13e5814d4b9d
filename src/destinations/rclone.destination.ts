import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type { AppConfig } from '../config/app-config.js';
import { BackupFailure } from '../core/failure.js';
import { unlessAborted } from './abort-failure.js';
import type { HashName, Sent, StoredObject, Verified } from './destination.js';
import { checkFolder, splitKey } from './object-key.js';
import { catObject } from './rclone-cat.js';
import type { RcloneBackend } from './rclone-backend.js';
import type { RcloneRc } from './rclone-rc.js';
import { uploadStream } from './rclone-upload.js';
import { ReservingDestination } from './reserving.destination.js';
import { compareReadBack, compareSize, mismatch } from './verify-mismatch.js';

/** The store hashes the whole object: over SFTP a large one takes as long as reading it. */
const HASH_TIMEOUT_MS = 24 * 3600 * 1000;
const REMOVE_TRIES = 20;

/** A destination reached through the rclone daemon. */
export class RcloneDestination extends ReservingDestination {
  readonly commit: 'rename' | 'direct';
  readonly nativeHash: HashName | null;

  constructor(
    readonly name: string,
    private readonly backend: RcloneBackend,
    private readonly rc: RcloneRc,
    private readonly config: AppConfig,
  ) {
    super();
    this.commit = backend.commit;
    this.nativeHash = backend.nativeHash;
  }

  async verify(key: string, sent: Sent, signal: AbortSignal): Promise<Verified> {
    await this.leaveOne(key);
    const found = compareSize(await this.stat(key), sent);
    const reported = await this.reportedHash(key, signal);
    const expected = reported === null ? undefined : sent.hashes[reported.name];
    if (reported === null || expected === undefined) return this.readBack(key, sent, reported, signal);
    if (expected !== reported.value)
      throw mismatch(`the destination's ${reported.name} is ${reported.value}, sent was ${expected}`);
    return { level: 'hash', sizeBytes: found.sizeBytes, reported, readBack: false };
  }

  async put(key: string, bytes: Buffer): Promise<void> {
    if (this.commit === 'direct') await this.store(key, bodyOf(bytes), new AbortController().signal);
    else await this.putByRename(key, bytes);
  }

  /** What lies on another machine is for that one to keep. */
  async settle(keys: readonly string[]): Promise<void> {
    keys.forEach(splitKey);
    return Promise.resolve();
  }

  async stat(key: string): Promise<StoredObject | null> {
    splitKey(key);
    const item = await this.rc.stat(this.backend.fs, key);
    return item === null || item.IsDir ? null : { key, sizeBytes: item.Size };
  }

  async list(folder: string): Promise<StoredObject[]> {
    const path = checkFolder(folder);
    const items = await this.rc.list(this.backend.fs, path, 'files');
    return items
      .filter((item) => !item.IsDir)
      .map((item) => ({ key: path === '' ? item.Name : `${path}/${item.Name}`, sizeBytes: item.Size }));
  }

  async folders(folder: string): Promise<string[]> {
    const items = await this.rc.list(this.backend.fs, checkFolder(folder), 'folders');
    return items.filter((item) => item.IsDir).map((item) => item.Name);
  }

  async open(key: string, signal: AbortSignal): Promise<Readable> {
    const found = await unlessAborted(this.stat(key), signal);
    if (found === null) throw new BackupFailure('copy-missing', { detail: key });
    return catObject(this.config, this.backend.fs + key, found.sizeBytes, signal);
  }

  async remove(key: string): Promise<void> {
    splitKey(key);
    for (let tries = 0; tries < REMOVE_TRIES; tries += 1) {
      if ((await this.stat(key)) === null) return;
      // Drive may hold several objects of one name, and each call deletes one.
      await this.rc.deleteFile(this.backend.fs, key);
      if (tries > 1) await pause(Math.min(2000, 50 * 2 ** tries));
    }
    throw new BackupFailure('destination-error', { detail: `${key} is still there after it was deleted` });
  }

  override async abandon(key: string): Promise<void> {
    await this.remove(key);
    // Parts of an upload that was never completed are in no listing, and are paid for until somebody aborts them.
    if (this.backend.parts) await this.rc.abortParts(this.backend.fs, key);
  }

  /** A crash in the middle must not leave half a manifest under its final name. */
  private async putByRename(key: string, bytes: Buffer): Promise<void> {
    if ((await this.stat(key)) !== null) throw new BackupFailure('object-exists', { detail: key });
    const partial = `${key}.partial`;
    await this.remove(partial);
    await this.store(partial, bodyOf(bytes), new AbortController().signal);
    await this.leaveOne(partial);
    const stored = await this.stat(partial);
    if (stored?.sizeBytes !== bytes.length) throw mismatch(`${key} was not stored whole`);
    await this.rename(partial, key);
  }

  /** An answer that was lost may leave a second object of the name. Whichever stays is compared afterwards. */
  private async leaveOne(key: string): Promise<void> {
    if (!this.backend.doubles) return;
    const { folder, name } = splitKey(key);
    const count = async (): Promise<number> =>
      (await this.rc.list(this.backend.fs, folder, 'files')).filter((item) => item.Name === name).length;
    for (let tries = 0; tries < REMOVE_TRIES && (await count()) > 1; tries += 1)
      await this.rc.deleteFile(this.backend.fs, key);
  }

  protected async write(key: string, body: Readable, signal: AbortSignal): Promise<void> {
    try {
      await uploadStream(this.rc, this.backend.fs, splitKey(key), body, signal);
    } catch (error) {
      // What can't be removed now is a leftover of ours by its name, for the next start; the first failure is the one to tell.
      if (!isAway(error)) await this.abandon(key).catch(() => undefined);
      throw error;
    }
  }

  protected move(from: string, to: string): Promise<void> {
    return this.rc.move(this.backend.fs, from, to);
  }

  /** @returns null when the store has none for this object, as S3 for one that came in parts */
  private async reportedHash(key: string, signal: AbortSignal): Promise<Verified['reported']> {
    const { nativeHash: name, fs } = this.backend;
    if (name === null) return null;
    const item = await this.rc.stat(fs, key, { signal, timeoutMs: HASH_TIMEOUT_MS }, name);
    const value = item?.Hashes?.[name]?.toLowerCase() ?? '';
    return value === '' ? null : { name, value };
  }

  private async readBack(
    key: string,
    sent: Sent,
    reported: Verified['reported'],
    signal: AbortSignal,
  ): Promise<Verified> {
    return compareReadBack(await this.digest(key, signal), sent, reported);
  }
}

/** Asking a server that is away again takes rclone up to a minute for each call. */
function isAway(error: unknown): boolean {
  return error instanceof BackupFailure && error.code === 'destination-unreachable';
}

function bodyOf(bytes: Buffer): Readable {
  return Readable.from(bytes.length === 0 ? [] : [bytes], { objectMode: false });
}
