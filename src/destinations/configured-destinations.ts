import { mkdir } from 'node:fs/promises';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { BackupFailure } from '../core/failure.js';
import { configStamp } from './config-file.js';
import { Destinations } from './destination.js';
import type { Destination, DestinationView } from './destination.js';
import { DestinationFolders, placeOf } from './destination-folders.js';
import { isDraftName } from './destination-names.js';
import { rootedName, splitRooted } from './drive-root.js';
import { KnownRemotes } from './known-remotes.js';
import { slugOf } from './local-name.js';
import { openDestination } from './open-destination.js';
import { backendOf } from './rclone-backend.js';
import { RcloneRc } from './rclone-rc.js';

const BUILT_IN = 'local';
/** Of rclone's remote names, those that can't be read as a path, a flag or a connection string. */
const REMOTE_NAME = /^[\p{L}\p{N}_][\p{L}\p{N}_.+@ -]{0,99}$/u;

interface Known {
  description: string;
  destination: Destination;
}

/** The built-in folder, the folders of RCLONE_LOCAL_DIRECTORIES and the remotes of rclone.conf, by name. */
@Injectable()
export class ConfiguredDestinations extends Destinations {
  readonly defaultName: string;
  /** One object for each name: it knows which keys are being written. */
  private readonly known = new Map<string, Known>();
  private fresh = new Set<string>();
  private stamp = '';
  private readonly remotes: KnownRemotes;

  constructor(
    private readonly config: AppConfig,
    private readonly rc: RcloneRc,
    private readonly folders: DestinationFolders,
  ) {
    super();
    this.defaultName = config.rcloneRemote ?? BUILT_IN;
    this.remotes = new KnownRemotes(config.rcloneConfig, rc);
  }

  async byName(name: string): Promise<Destination> {
    await this.noticeEdits();
    const known = this.known.get(name);
    if (known !== undefined && this.fresh.has(name)) return known.destination;
    const fs = (await this.folderOf(name)) ?? (await this.remoteOf(name));
    const backend = backendOf(fs, await this.rc.fsInfo(fs));
    const description = JSON.stringify(backend);
    this.fresh.add(name);
    if (known?.description === description) return known.destination;
    const destination = openDestination(name, backend, this.rc, this.config);
    this.known.set(name, { description, destination });
    return destination;
  }

  override async rooted(name: string, driveFolderId: string): Promise<string> {
    if ((await this.folderOf(name)) !== null) return name;
    return (await this.remotes.typeOf(name)) === 'drive' ? rootedName(name, driveFolderId) : name;
  }

  /** Without rclone, the folders of this machine are still named. */
  async names(): Promise<DestinationView[]> {
    const views: DestinationView[] = [];
    if (this.config.rcloneRemote === null)
      views.push({ name: BUILT_IN, kind: 'builtin', place: this.config.localBackupsDir });
    for (const { label, path } of this.config.localDirectories)
      views.push({ name: slugOf(label), kind: 'local', place: path });
    const taken = new Set(views.map((view) => view.name));
    for (const name of await this.usable()) {
      if (!taken.has(name)) views.push({ name, kind: 'rclone', place: await this.remotes.typeOf(name) });
    }
    return views;
  }

  private async usable(): Promise<string[]> {
    try {
      return (await this.remotes.names()).filter((name) => REMOTE_NAME.test(name) && !isDraftName(name));
    } catch (error) {
      if (error instanceof BackupFailure && error.code === 'rclone-unavailable') return [];
      throw error;
    }
  }

  /** `rclone config` in the container edits the file behind the daemon's back. */
  private async noticeEdits(): Promise<void> {
    const stamp = await configStamp(this.config.rcloneConfig);
    if (stamp === this.stamp) return;
    await this.rc.forgetOpened();
    this.fresh = new Set();
    this.stamp = stamp;
  }

  /** A folder of this machine; only the built-in one is made, a missing other one may be an unmounted disk. */
  private async folderOf(name: string): Promise<string | null> {
    if (name === BUILT_IN && this.config.rcloneRemote === null) {
      await mkdir(this.config.localBackupsDir, { recursive: true, mode: 0o700 });
      return this.config.localBackupsDir;
    }
    return this.config.localDirectories.find(({ label }) => slugOf(label) === name)?.path ?? null;
  }

  private async remoteOf(name: string): Promise<string> {
    if (!REMOTE_NAME.test(name) || isDraftName(name))
      throw new BackupFailure('destination-not-configured', { detail: 'that is not the name of a remote' });
    const remotes = await this.remotes.names();
    const rooted = splitRooted(name);
    if (rooted !== null && !remotes.includes(name)) return this.driveFolder(rooted, remotes);
    if (!remotes.includes(name))
      throw new BackupFailure('destination-not-configured', { detail: `there is no remote named ${name}` });
    // A remote of this type has no folder of its own: it would mean the one that the agent was started in.
    return (await this.remotes.typeOf(name)) === 'local'
      ? `${name}:${this.config.localBackupsDir}`
      : placeOf(name, this.folders.of(name));
  }

  /** The id is the only thing that ever goes into a connection string, and can't be anything else in there. */
  private async driveFolder(at: { name: string; folderId: string }, remotes: string[]): Promise<string> {
    const { name, folderId } = at;
    if (!remotes.includes(name) || (await this.remotes.typeOf(name)) !== 'drive')
      throw new BackupFailure('destination-not-configured', {
        detail: `there is no Google Drive remote named ${name}`,
      });
    return `${name},root_folder_id=${folderId}:`;
  }
}
