import { atEnd } from '../bed/cleanup.js';
import type { ExportAppConfig } from '../bed/export-app/server.mjs';
import { DriveStandIn } from '../bed/stand-ins/drive.js';
import { FOLDER } from '../bed/stand-ins/drive-files.js';
import type { DriveFile } from '../bed/stand-ins/drive-files.js';
import { bytesShelf } from './assert-all.js';
import type { Shelf } from './assert-all.js';
import { startFaultBed } from './harness.js';
import type { FaultBed } from './harness.js';

export interface DriveBed extends FaultBed {
  drive: DriveStandIn;
  shelf: Shelf;
}

/** An agent whose only destination is `gdrive`, made from the environment, at a Drive that can be told to misbehave. */
export async function startDriveBed(
  env: Readonly<Record<string, string>> = {},
  app: Partial<ExportAppConfig> = {},
): Promise<DriveBed> {
  const drive = await DriveStandIn.start();
  atEnd(() => drive.stop());
  const account = {
    RCLONE_REMOTE: 'gdrive',
    RCLONE_DRIVE_CLIENT_ID: 'an-id',
    RCLONE_DRIVE_CLIENT_SECRET: 'canary-client-secret',
    RCLONE_DRIVE_TOKEN: drive.token(),
  };
  const bed = await startFaultBed({ ...drive.environment, ...account, ...env }, app);
  return { ...bed, drive, shelf: driveShelf(drive) };
}

function driveShelf({ files }: DriveStandIn): Shelf {
  const pathOf = (file: DriveFile): string => {
    const parent = files.get(file.parents[0] ?? '');
    return parent === null || parent.id === files.rootId ? file.name : `${pathOf(parent)}/${file.name}`;
  };
  return bytesShelf(
    () =>
      [...files.all.values()]
        .filter((file) => file.mimeType !== FOLDER && !file.trashed)
        .map(pathOf)
        .sort(),
    (name) => files.at(name)?.bytes ?? null,
  );
}
