import { BackupFailure, asFailure } from '../core/failure.js';
import type { Destination } from '../destinations/destination.js';
import type { OpenExport } from '../exporters/exporter.js';
import type { BackupIo, BackupOrder, CopyResult } from './backup-order.js';
import { checkMarker, freeKey } from './choose-names.js';
import type { CopyUnderWay, Note } from './copy-under-way.js';
import { extensionOf, partialOf, stemOf } from './object-name.js';
import type { PlannedCopy } from './run.entity.js';

/** A destination that is still in the race. */
interface Target {
  destination: Destination;
  folder: string;
}

/** Resolves the destinations and looks for their markers, before the app is bothered. */
export async function prepare(
  order: BackupOrder,
  io: BackupIo,
  note: Note,
  signal: AbortSignal,
): Promise<{ targets: Target[]; refused: CopyResult[] }> {
  const targets: Target[] = [];
  const refused: CopyResult[] = [];
  const mark = io.owners.mark(io.now());
  for (const { destination: name, folder } of order.targets) {
    try {
      const unwell = await io.unwell(name);
      if (unwell !== null) throw unwell;
      const destination = await io.destinations.byName(await rootOf(name, order, io));
      await checkMarker(destination, io.catalog, order.appId, folder, mark);
      await io.owners.check(destination, folder, signal);
      targets.push({ destination, folder });
    } catch (error) {
      const failure = withoutFolder(asFailure(error), order.driveFolderId);
      note(`${name}: ${failure.message}`);
      refused.push({ planned: failedPlan(name, folder, failure), backup: null, failure });
    }
  }
  const first = refused[0]?.failure;
  if (targets.length === 0 && first !== null && first !== undefined) throw first;
  return { targets, refused };
}

async function rootOf(name: string, { driveFolderId }: BackupOrder, io: BackupIo): Promise<string> {
  return driveFolderId === null ? name : io.destinations.rooted(name, driveFolderId);
}

/** What Drive says of a folder id that its account does not see reads like a lost backup. */
function withoutFolder(failure: BackupFailure, driveFolderId: string | null): BackupFailure {
  if (driveFolderId === null || failure.code !== 'copy-missing') return failure;
  const detail = `the account sees no folder ${driveFolderId} (drive_folder_id)`;
  return new BackupFailure('destination-not-configured', { detail }, { cause: failure });
}

function failedPlan(destination: string, folder: string, failure: BackupFailure): PlannedCopy {
  return {
    destination,
    key: folder,
    partialKey: folder,
    outcome: 'failed',
    error: { code: failure.code, detail: failure.detail },
  };
}

/** Bytes of the newest good copy, where the app does not say what to expect. */
export async function lastSize(order: BackupOrder, io: BackupIo): Promise<number | null> {
  const [first] = order.targets;
  if (first === undefined) return null;
  return (await io.catalog.recentSizes(order.appId, first.destination, 1))[0] ?? null;
}

/** Chooses a free final name at every destination. */
export async function nameCopies(
  order: BackupOrder,
  io: BackupIo,
  targets: Target[],
  opened: OpenExport,
): Promise<CopyUnderWay[]> {
  const extension = extensionOf(opened.early.format, opened.early.fileName);
  const stem = stemOf(order.app.name, order.app.slug);
  try {
    return await Promise.all(
      targets.map(async ({ destination, folder }) => {
        const wanted = { folder, stem, at: order.at, timezone: order.namesTimezone, extension };
        const key = await freeKey(destination, io.catalog, wanted);
        const partialKey = destination.commit === 'rename' ? partialOf(key) : key;
        const planned: PlannedCopy = {
          destination: destination.name,
          key,
          partialKey,
          outcome: 'pending',
          error: null,
        };
        return { destination, key: partialKey, planned, failure: null };
      }),
    );
  } catch (error) {
    opened.bytes.destroy();
    throw error;
  }
}
