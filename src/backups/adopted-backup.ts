import type { HashName } from '../destinations/destination.js';
import type { Proof, FreshBackup } from './backup.entity.js';
import type { Manifest } from './manifest.js';

const HASHES: readonly HashName[] = ['md5', 'sha1', 'sha256'];
const SHA256 = /^[0-9a-f]{64}$/;

/** Of the manifest, what the catalog can hold: it lay where others may write. Pure. */
function proofIn({ proof, size_bytes: sizeBytes, sha256 }: Manifest): Proof {
  const { declared, reported } = proof;
  const name = HASHES.find((hash) => hash === reported?.name);
  const isSize = Number.isSafeInteger(declared.size_bytes) && Number(declared.size_bytes) >= 0;
  return {
    declared: {
      ...(declared.size_bytes !== undefined && isSize ? { sizeBytes: declared.size_bytes } : {}),
      ...(declared.sha256 !== undefined && SHA256.test(declared.sha256) ? { sha256: declared.sha256 } : {}),
      ...(declared.sha256_from === undefined ? {} : { sha256From: declared.sha256_from }),
    },
    counted: { sizeBytes, sha256 },
    destination: {
      level: proof.level,
      sizeBytes,
      reported: reported === null || name === undefined ? null : { name, value: reported.value },
      readBack: proof.read_back,
    },
  };
}

/** The row of a copy as its manifest tells of it. Pure. @param place where it lies, and whose it is */
export function adoptedBackup(
  manifest: Manifest,
  place: Pick<FreshBackup, 'id' | 'appId' | 'destination' | 'objectKey'>,
  isRunKnown: boolean,
): FreshBackup {
  return {
    ...place,
    runId: manifest.run_id,
    sizeBytes: manifest.size_bytes,
    sha256: manifest.sha256,
    format: manifest.format,
    createdAt: new Date(manifest.created_at),
    state: 'verified',
    proof: { ...proofIn(manifest), ...(isRunKnown ? {} : { runUnknown: true as const }) },
  };
}
