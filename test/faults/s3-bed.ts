import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { atEnd } from '../bed/cleanup.js';
import type { ExportAppConfig } from '../bed/export-app/server.mjs';
import { S3StandIn } from '../bed/stand-ins/s3.js';
import { bytesShelf } from './assert-all.js';
import type { Shelf } from './assert-all.js';
import { tempFolder } from './disk.js';
import { startFaultBed } from './harness.js';
import type { FaultBed } from './harness.js';

export interface S3Bed extends FaultBed {
  s3: S3StandIn;
  shelf: Shelf;
}

/** An agent whose app goes to `store`, a bucket of a strict S3 that can be told to misbehave. */
export async function startS3Bed(
  app: Partial<ExportAppConfig> = {},
  env: Readonly<Record<string, string>> = {},
): Promise<S3Bed> {
  const s3 = await S3StandIn.start();
  atEnd(() => s3.stop());
  const conf = join(await tempFolder(), 'rclone.conf');
  const { accessKey, secretKey } = s3.keys;
  writeFileSync(
    conf,
    `[store]\ntype = s3\nprovider = Other\nendpoint = ${s3.endpoint}\nregion = eu-west-1\naccess_key_id = ${accessKey}\nsecret_access_key = ${secretKey}\n`,
  );
  const bed = await startFaultBed({ RCLONE_CONFIG: conf, ...env }, app, 'store:backups/ghost');
  return { ...bed, s3, shelf: s3Shelf(s3) };
}

function s3Shelf({ objects }: S3StandIn): Shelf {
  return bytesShelf(
    () => [...objects.keys()].sort(),
    (name) => objects.get(name)?.bytes ?? null,
  );
}
