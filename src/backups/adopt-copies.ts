import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, In, Not } from 'typeorm';
import { Clock } from '../core/clock.js';
import { BackupFailure } from '../core/failure.js';
import { Destinations } from '../destinations/destination.js';
import { AppOfManifest } from './app-of-manifest.js';
import { adoptedBackup } from './adopted-backup.js';
import { Backup } from './backup.entity.js';
import { DestinationContents, folderWith } from './destination-contents.js';
import type { Contents, UnknownObject } from './destination-contents.js';
import type { Manifest } from './manifest.js';
import { folderOf } from './object-name.js';
import { recordAdopted } from './record-adopted.js';
import { Run } from './run.entity.js';

export interface AdoptOrder {
  /** Objects to take in; null = every adoptable one. */
  objectKeys: readonly string[] | null;
  who: string;
}

export interface AdoptReport {
  adopted: Backup[];
  refused: { objectKey: string; failure: BackupFailure }[];
  /** There was more than one look shows: asking again goes on. */
  truncated: boolean;
}

/** Reasons that concern one object only; anything else ends the work. */
const OF_ONE_OBJECT: ReadonlySet<string> = new Set([
  'copy-corrupt',
  'copy-missing',
  'destination-owned',
  'not-adoptable',
  'object-exists',
]);

/** Rebuilds rows about stored copies from the manifests beside them. Nothing at the destination changes. */
@Injectable()
export class AdoptCopies {
  constructor(
    @InjectDataSource() private readonly db: DataSource,
    private readonly destinations: Destinations,
    private readonly contents: DestinationContents,
    private readonly apps: AppOfManifest,
    private readonly clock: Clock,
  ) {}

  /**
   * Newest first, one after the other; what was taken in stays when the rest is broken off. Asking twice is harmless.
   * @throws BackupFailure when the destination cannot be asked; `cancelled`
   */
  async adopt(name: string, order: AdoptOrder, signal: AbortSignal): Promise<AdoptReport> {
    const wanted = order.objectKeys === null ? undefined : new Set(order.objectKeys);
    const seen = await this.contents.look(name, signal, wanted);
    const report: AdoptReport = { adopted: [], refused: [], truncated: seen.truncated };
    await this.addOthers(seen, wanted ?? new Set(), report);
    const objects = wanted === undefined ? seen.unknown.filter(isAdoptable) : seen.unknown;
    for (const object of [...objects].sort(newestFirst)) {
      if (signal.aborted) throw new BackupFailure('cancelled');
      try {
        report.adopted.push(await this.adoptOne(object, seen, order.who, signal));
      } catch (error) {
        if (!(error instanceof BackupFailure && OF_ONE_OBJECT.has(error.code))) throw error;
        report.refused.push({ objectKey: object.objectKey, failure: error });
      }
    }
    return report;
  }

  private async adoptOne(
    object: UnknownObject,
    { folders }: Contents,
    who: string,
    signal: AbortSignal,
  ): Promise<Backup> {
    const { destination, objectKey, manifest } = object;
    if (manifest === null)
      throw new BackupFailure('not-adoptable', { detail: `${objectKey}: ${object.reason}` });
    const inFolder = folderWith(folders, object);
    if (inFolder?.state !== 'ours')
      throw new BackupFailure('destination-owned', {
        detail: `${destination}:${folderOf(objectKey)} belongs to agent ${inFolder?.owner ?? ''}`,
      });
    await this.refuseOtherBytes(object, manifest, signal);
    const app = await this.apps.find(manifest, who);
    const isRunKnown = await this.db.getRepository(Run).existsBy({ id: manifest.run_id });
    const place = { id: randomUUID(), appId: app.id, destination, objectKey };
    const fresh = adoptedBackup(manifest, place, isRunKnown);
    return this.db.transaction((tx) => recordAdopted(tx, fresh, this.clock.now(), who));
  }

  /** @throws copy-corrupt */
  private async refuseOtherBytes(
    { destination, objectKey }: UnknownObject,
    { size_bytes, sha256 }: Manifest,
    signal: AbortSignal,
  ): Promise<void> {
    const found = await (await this.destinations.byName(destination)).digest(objectKey, signal);
    if (signal.aborted) throw new BackupFailure('cancelled');
    if (found.sizeBytes !== size_bytes || found.sha256 !== sha256)
      throw new BackupFailure('copy-corrupt', {
        detail: `${objectKey}: sha256 ${found.sha256} in place of ${sha256}`,
      });
  }

  /** Of what was asked for by name: what has its row already is as wanted, the rest is not there. */
  private async addOthers(seen: Contents, wanted: ReadonlySet<string>, report: AdoptReport): Promise<void> {
    const rest = [...wanted].filter((key) => !seen.unknown.some(({ objectKey }) => objectKey === key));
    if (rest.length === 0) return;
    const destination = In([...new Set(seen.folders.map((folder) => folder.destination))]);
    const where = { destination, objectKey: In(rest), state: Not('deleted' as const) };
    report.adopted.push(...(await this.db.getRepository(Backup).findBy(where)));
    for (const objectKey of rest.filter((key) => !report.adopted.some((row) => row.objectKey === key)))
      report.refused.push({ objectKey, failure: new BackupFailure('copy-missing', { detail: objectKey }) });
  }
}

const isAdoptable = ({ reason }: UnknownObject): boolean => reason === 'adoptable';

const newestFirst = (a: UnknownObject, b: UnknownObject): number =>
  (b.manifest?.created_at ?? '').localeCompare(a.manifest?.created_at ?? '');
