import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, In, Not, Raw } from 'typeorm';
import { AppsService } from '../apps/apps.service.js';
import { Destinations } from '../destinations/destination.js';
import { Backup } from './backup.entity.js';
import { DestinationFollowers } from './destination-followers.js';
import { namesOf } from './classify-contents.js';
import { folderOf } from './object-name.js';
import { Run } from './run.entity.js';

/** What the database knows of one destination, under one of the names that copies are known by. */
export interface KnownPlace {
  /** Name of the destination, or of a Drive folder of it. */
  destination: string;
  /** Folders of copies and apps. */
  folders: Set<string>;
  /** Keys of copies that were not deleted. */
  copies: Set<string>;
  /** Names that runs use, or may have left. */
  planned: Set<string>;
}

/** Which folders of a destination apps and copies use. */
@Injectable()
export class UsedFolders {
  constructor(
    @InjectDataSource() private readonly db: DataSource,
    private readonly apps: AppsService,
    private readonly destinations: Destinations,
    private readonly followers: DestinationFollowers,
  ) {}

  /** The destination itself first. */
  async of(name: string): Promise<KnownPlace[]> {
    const places = new Map<string, KnownPlace>();
    const placeOf = (destination: string): KnownPlace => {
      const known = places.get(destination) ?? {
        destination,
        folders: new Set(),
        copies: new Set(),
        planned: new Set(),
      };
      places.set(destination, known);
      return known;
    };
    placeOf(name);
    for (const rooted of await this.followers.namesOf(name, this.db.manager)) placeOf(rooted);
    for (const { destination, folder } of await this.foldersOfApps(name))
      placeOf(destination).folders.add(folder);
    await this.addCopies(places);
    await this.addPlanned(places);
    return [...places.values()];
  }

  private async foldersOfApps(name: string): Promise<{ destination: string; folder: string }[]> {
    const apps = (await this.apps.all()).filter((app) => app.state !== 'archived');
    const settings = await this.apps.settingsOfEach(apps);
    const found = apps.flatMap((app) => {
      const { destinations, driveFolderId } = settings.get(app.id) ?? {};
      return (destinations?.value ?? [])
        .filter((ref) => ref.name === name)
        .map(({ folder }) => ({ folder: folder ?? app.slug, root: driveFolderId?.value ?? null }));
    });
    return Promise.all(
      found.map(async ({ folder, root }) => ({
        folder,
        destination: root === null ? name : await this.destinations.rooted(name, root),
      })),
    );
  }

  private async addCopies(places: ReadonlyMap<string, KnownPlace>): Promise<void> {
    const rows = await this.db.getRepository(Backup).find({
      select: { destination: true, objectKey: true },
      where: { destination: In([...places.keys()]), state: Not('deleted') },
    });
    for (const { destination, objectKey } of rows) {
      places.get(destination)?.copies.add(objectKey);
      places.get(destination)?.folders.add(folderOf(objectKey));
    }
  }

  private async addPlanned(places: ReadonlyMap<string, KnownPlace>): Promise<void> {
    const runs = await this.db.getRepository(Run).find({
      where: [
        { state: In(['queued', 'running']) },
        { plannedCopies: Raw((column) => `${column} LIKE '%"unsettled"%'`) },
      ],
    });
    for (const planned of runs.flatMap((run) => run.plannedCopies))
      for (const key of namesOf(planned)) places.get(planned.destination)?.planned.add(key);
  }
}
