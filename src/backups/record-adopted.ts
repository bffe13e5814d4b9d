import type { EntityManager } from 'typeorm';
import { addAuditEntry } from '../apps/audit-entry.entity.js';
import { BackupFailure } from '../core/failure.js';
import { Backup } from './backup.entity.js';
import type { FreshBackup } from './backup.entity.js';

/**
 * Writes the row of a copy whose bytes were just read. It stands before all that the agent made itself: what is newest
 * by sequence stays the agent's own. A row that was deleted comes back to life; any other stays as it is.
 * @throws object-exists when a copy with other bytes had that name and was deleted
 */
export async function recordAdopted(
  tx: EntityManager,
  fresh: FreshBackup,
  at: Date,
  who: string,
): Promise<Backup> {
  const repository = tx.getRepository(Backup);
  const { appId, destination, objectKey } = fresh;
  const known = await repository.findOneBy({ destination, objectKey });
  if (known !== null && known.state !== 'deleted') return known;
  if (known !== null && known.sha256 !== fresh.sha256)
    throw new BackupFailure('object-exists', { detail: `a copy with sha256 ${known.sha256} had this name` });
  const id = known?.id ?? fresh.id;
  const seq = ((await repository.minimum('seq', { appId })) ?? 1) - 1;
  await repository.save(
    repository.create({ ...fresh, id, seq, state: 'verified', pinned: false, checkedAt: at }),
  );
  const after = `${destination}:${objectKey}`;
  await addAuditEntry(tx, at, { who, action: 'backup-adopted', subject: id, after });
  return repository.findOneByOrFail({ id });
}
