import type { Destination } from '../destinations/destination.js';
import type { Backup, BackupState } from './backup.entity.js';
import { refuseOtherFolder } from './same-folder.js';

export interface CopyCheck {
  /** What the copy is from now on. */
  state: BackupState;
  /** Bytes that were read. */
  bytesRead: number;
  detail: string;
}

/**
 * Reads a stored copy again and compares it with what was sent. A suspicious copy that is whole stays suspicious.
 * @throws destination-changed when the folder's marker is gone: then nothing can be said of the copy
 */
export async function checkCopy(
  destination: Destination,
  backup: Backup,
  signal: AbortSignal,
): Promise<CopyCheck> {
  await refuseOtherFolder(destination, backup.objectKey);
  const object = await destination.stat(backup.objectKey);
  if (object === null) return { state: 'missing', bytesRead: 0, detail: `${backup.objectKey} is not there` };
  if (object.sizeBytes !== backup.sizeBytes) {
    return {
      state: 'corrupt',
      bytesRead: 0,
      detail: `${object.sizeBytes} bytes in place of ${backup.sizeBytes}`,
    };
  }
  const found = await destination.digest(backup.objectKey, signal);
  if (found.sizeBytes !== backup.sizeBytes || found.sha256 !== backup.sha256) {
    return {
      state: 'corrupt',
      bytesRead: found.sizeBytes,
      detail: `sha256 ${found.sha256} in place of ${backup.sha256}`,
    };
  }
  const state = backup.state === 'suspicious' ? 'suspicious' : 'verified';
  return { state, bytesRead: found.sizeBytes, detail: `${found.sizeBytes} bytes read, sha256 as sent` };
}
