import { BackupFailure } from '../core/failure.js';
import type { Sent, StoredObject, Verified } from './destination.js';

export function mismatch(detail: string): BackupFailure {
  return new BackupFailure('verify-mismatch', { detail });
}

/** @throws verify-mismatch when nothing is stored there, or not as many bytes as were sent */
export function compareSize(found: StoredObject | null, sent: Sent): StoredObject {
  if (found === null) throw mismatch('nothing is stored under that name');
  if (found.sizeBytes !== sent.sizeBytes)
    throw mismatch(`${found.sizeBytes} bytes are stored, ${sent.sizeBytes} were sent`);
  return found;
}

/** @throws verify-mismatch */
export function compareReadBack(
  read: { sizeBytes: number; sha256: string },
  sent: Sent,
  reported: Verified['reported'],
): Verified {
  const { sizeBytes, sha256 } = read;
  if (sizeBytes !== sent.sizeBytes || sha256 !== sent.hashes.sha256)
    throw mismatch(`read back: ${sizeBytes} bytes, sha256 ${sha256}`);
  return { level: 'read-back', sizeBytes, reported, readBack: true };
}
