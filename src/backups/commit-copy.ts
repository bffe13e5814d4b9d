import type { Destination, Sent, Verified } from '../destinations/destination.js';
import type { Declared } from '../exporters/exporter.js';
import type { FreshBackup } from './backup.entity.js';
import { manifestFor, printManifest } from './manifest.js';
import type { ManifestApp } from './manifest.js';
import { manifestOf } from './object-name.js';
import type { PlannedCopy } from './run.entity.js';

/** What makes a stored and verified object a backup. */
export interface CommitOrder {
  runId: string;
  appId: string;
  app: ManifestApp;
  at: Date;
  format: string;
  agentVersion: string;
  declared: Declared;
}

/** The row of a backup, without what the catalog adds. */
export function backupRow(
  id: string,
  order: CommitOrder,
  planned: PlannedCopy,
  sent: Sent,
  verified: Verified,
): FreshBackup {
  const { sizeBytes, sha256, sha256From } = order.declared;
  return {
    id,
    appId: order.appId,
    runId: order.runId,
    destination: planned.destination,
    objectKey: planned.key,
    sizeBytes: sent.sizeBytes,
    sha256: sent.hashes.sha256,
    format: order.format,
    createdAt: order.at,
    state: 'verified',
    proof: {
      declared: {
        ...(sizeBytes === undefined ? {} : { sizeBytes }),
        ...(sha256 === undefined ? {} : { sha256 }),
        ...(sha256From === undefined ? {} : { sha256From }),
      },
      counted: { sizeBytes: sent.sizeBytes, sha256: sent.hashes.sha256 },
      destination: verified,
    },
  };
}

/** Steps 5 and 6 of the protocol for one copy, whose verification has put its bytes on stable storage: final name, then manifest, there too. */
export async function commitCopy(
  destination: Destination,
  planned: PlannedCopy,
  row: FreshBackup,
  order: CommitOrder,
  reached: (point: 'settled' | 'renamed' | 'manifest') => void,
): Promise<void> {
  reached('settled');
  if (planned.partialKey !== planned.key) await destination.rename(planned.partialKey, planned.key);
  reached('renamed');
  try {
    const manifest = manifestOf(planned.key);
    await destination.put(manifest, printManifest(manifestFor(row, order.app, order.agentVersion)));
    await destination.settle([planned.key, manifest]);
  } catch (error) {
    // Without its manifest nobody could tell later that this object is ours.
    await takeBack(destination, planned);
    throw error;
  }
  reached('manifest');
}

async function takeBack(destination: Destination, planned: PlannedCopy): Promise<void> {
  await destination.remove(planned.key);
  await destination.remove(manifestOf(planned.key));
}
