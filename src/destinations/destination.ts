import type { Readable } from 'node:stream';
import { asFailure } from '../core/failure.js';
import { abortFailure } from './abort-failure.js';
import { hashStream } from './hash-stream.js';
import type { HashedBytes } from './hash-stream.js';

export type HashName = 'md5' | 'sha1' | 'sha256';

/** What was counted while sending. */
export interface Sent {
  sizeBytes: number;
  /** Lower-case hex; sha256 always, the destination's own hash where it has one. */
  hashes: Partial<Record<HashName, string>> & { sha256: string };
}

/** How strongly a stored object was compared with what was sent. */
export type VerifyLevel = 'size' | 'hash' | 'read-back';

export interface Verified {
  level: VerifyLevel;
  sizeBytes: number;
  /** The hash that the destination itself reported, where it did. */
  reported: { name: HashName; value: string } | null;
  /** Whether the stored bytes were read again and hashed. */
  readBack: boolean;
}

export interface StoredObject {
  /** Path below the destination's root. */
  key: string;
  sizeBytes: number;
}

/**
 * A place for backups. Keys are `folder/name` below its root, `[a-z0-9._ -]` parts, no `..`.
 * Every implementation passes `destination.contract.ts`.
 * All methods throw BackupFailure with a `destination-…`, `rclone-…`, `object-exists` or `verify-mismatch` code.
 */
export abstract class Destination {
  abstract readonly name: string;
  /** `rename`: upload to a partial name, then rename; `direct`: the store has no rename and an aborted upload leaves nothing. */
  abstract readonly commit: 'rename' | 'direct';
  /** The hash that the destination computes itself and that is worth having in flight; null = none (then verify reads back). */
  abstract readonly nativeHash: HashName | null;

  /**
   * Streams `body` to `key`. Resolves once the destination has acknowledged all of it.
   * When `body` is destroyed or `signal` aborts, the upload is stopped as broken (never ended as if it were whole)
   * and this rejects after it has really stopped; what may be left under `key` is removed.
   */
  abstract store(key: string, body: Readable, signal: AbortSignal): Promise<void>;

  /** Compares what lies there with what was sent; what is local is on stable storage by then. @throws verify-mismatch */
  abstract verify(key: string, sent: Sent, signal: AbortSignal): Promise<Verified>;

  /** @throws object-exists when `to` is taken: nothing is ever overwritten */
  abstract rename(from: string, to: string): Promise<void>;

  /** Writes a small object (manifest, marker) whole, replacing none. @throws object-exists */
  abstract put(key: string, bytes: Buffer): Promise<void>;

  /** Forces what was written under these keys to stable storage, where that is ours to do (local). */
  abstract settle(keys: readonly string[]): Promise<void>;

  /** @returns null when there is no such object */
  abstract stat(key: string): Promise<StoredObject | null>;

  /** Objects directly in `folder`; empty when the folder does not exist. */
  abstract list(folder: string): Promise<StoredObject[]>;

  /** Names of the folders directly in `folder`. */
  abstract folders(folder: string): Promise<string[]>;

  /** The bytes of an object. @throws copy-missing */
  abstract open(key: string, signal: AbortSignal): Promise<Readable>;

  /** Reads all of an object. @throws copy-missing */
  async digest(key: string, signal: AbortSignal): Promise<HashedBytes> {
    try {
      return await hashStream(await this.open(key, signal));
    } catch (error) {
      throw signal.aborted ? abortFailure(signal) : asFailure(error);
    }
  }

  /** Deletes and proves absence; a missing object is not an error. */
  abstract remove(key: string): Promise<void>;

  /** As `remove`, after an upload that broke: also what it may have left where nobody sees it. */
  abandon(key: string): Promise<void> {
    return this.remove(key);
  }
}

/** Finds destinations by the name that labels and overrides use. */
export abstract class Destinations {
  /** @throws destination-not-configured */
  abstract byName(name: string): Promise<Destination>;
  /**
   * Name under which `byName` gives the same destination with a Google Drive folder as its root; copies are known by it.
   * @returns the name itself where there are no folder ids
   */
  rooted(name: string, _driveFolderId: string): Promise<string> {
    return Promise.resolve(name);
  }
  /** Name of the one that is used when an app names none. */
  abstract readonly defaultName: string;
  abstract names(): Promise<DestinationView[]>;
}

export interface DestinationView {
  name: string;
  /** `builtin` lies on this machine beside the agent; `local` is a configured folder; `rclone` a configured remote. */
  kind: 'builtin' | 'local' | 'rclone';
  /** Where it is, for people: a folder, or the backend's type. Never credentials. */
  place: string;
}
