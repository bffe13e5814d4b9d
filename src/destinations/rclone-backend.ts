import type { HashName } from './destination.js';
import { LocalFiles } from './local-files.js';
import type { FsInfo } from './rclone-rc.js';

/** What a configured backend can do, as far as it matters to a backup. */
export interface RcloneBackend {
  /** rclone's name of the root: a configured remote with its colon, or an absolute folder. */
  fs: string;
  commit: 'rename' | 'direct';
  /** Several objects may have one name (Drive). */
  doubles: boolean;
  /** An upload that breaks may leave parts that no listing shows (S3). */
  parts: boolean;
  /** Computed by the store itself; null = none of use. */
  nativeHash: HashName | null;
  /** The same files seen without rclone, when the backend is a folder of this machine. */
  local: LocalFiles | null;
}

/** In this order: sha256 is counted anyway, and processors help with sha1 but not with md5. */
const PREFERRED: readonly HashName[] = ['sha256', 'sha1', 'md5'];

/** @param info rclone's own description of the opened backend, which sees through an alias */
export function backendOf(fs: string, info: FsInfo): RcloneBackend {
  const { IsLocal: isLocal = false, Move: moves = false, BucketBased: bucketBased = false } = info.Features;
  const doubles = info.Features.DuplicateFiles ?? false;
  const local = isLocal && info.Root.startsWith('/') ? new LocalFiles(info.Root) : null;
  const hashes = info.Hashes ?? [];
  return {
    fs,
    doubles,
    parts: bucketBased,
    commit: moves && !bucketBased ? 'rename' : 'direct',
    nativeHash: PREFERRED.find((name) => hashes.includes(name)) ?? null,
    local,
  };
}
