import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { Clock } from '../core/clock.js';
import { placeOf } from './destination-folders.js';
import { checkPlace, isDraftName } from './destination-names.js';
import { DestinationRefusal } from './destination-refusal.js';
import { HostKeys } from './host-keys.js';
import { makeLocalFolder } from './local-places.js';
import { RcloneConfig } from './rclone-config.js';
import type { Section } from './rclone-config.js';
import { RcloneRc } from './rclone-rc.js';
import { planRemote } from './remote-order.js';
import type { RemoteOrder } from './remote-order.js';
import { LARGE_PACKETS, PACKETS_PROBE_BYTES, mayBeOfPackets, takesLargePackets } from './sftp-packets.js';
import { TRIES, makeRemoteFolder, openPlace, tryDestination, freshProbe } from './try-destination.js';

const DRAFT_LIFE_MS = 60 * 60_000;
export const FOLDERS_SHOWN = 500;

/** A remote under a passing name, until it is saved as a destination or thrown away. */
export interface Draft {
  /** Also the name of its remote. */
  id: string;
  type: string;
  hostKeys: string | null;
  openedAt: Date;
  /** SFTP: its packets are large, by the name of the server alone; nothing has proven yet that they come through. */
  hasLargePackets: boolean;
  /** Takes back what was made for it on this machine. */
  undo: () => Promise<void>;
}

/** Remotes that a person is still filling in: they can be asked, browsed and tried without being a destination. */
@Injectable()
export class DestinationDrafts {
  private readonly drafts = new Map<string, Draft>();

  constructor(
    private readonly config: AppConfig,
    private readonly conf: RcloneConfig,
    private readonly rc: RcloneRc,
    private readonly hostKeys: HostKeys,
    private readonly clock: Clock,
  ) {}

  /**
   * Makes the passing remote from a form.
   * @param kept an earlier section that the new options go over, passwords obscured
   * @throws DestinationRefusal; BackupFailure
   */
  async open(order: RemoteOrder, kept: Section | null = null): Promise<Draft> {
    const draft = this.enter(order);
    try {
      if (order.type === 'local') await this.fillLocal(draft, order);
      else await this.fill(draft, order, kept ?? {});
      return draft;
    } catch (error) {
      await this.close(draft.id);
      throw error;
    }
  }

  /** A draft without a section: the question-and-answer configuration makes it. */
  enter(order: Pick<RemoteOrder, 'type' | 'hostKeys'>): Draft {
    const draft: Draft = {
      id: `draft-${randomBytes(6).toString('hex')}`,
      type: order.type,
      hostKeys: order.hostKeys ?? null,
      openedAt: this.clock.now(),
      hasLargePackets: false,
      undo: () => Promise.resolve(),
    };
    this.drafts.set(draft.id, draft);
    return draft;
  }

  /** @throws DestinationRefusal draft-unknown, also an hour after it was opened */
  get(id: string): Draft {
    const draft = this.drafts.get(id);
    if (draft === undefined || this.isOld(draft)) throw new DestinationRefusal('draft-unknown', 'draft');
    return draft;
  }

  /** Names of the folders in a folder of the draft's remote, at most 500. @throws DestinationRefusal; BackupFailure */
  async folders(id: string, folder: string): Promise<string[]> {
    return browse(this.rc, this.get(id).id, folder);
  }

  /**
   * Makes the folder if it is missing, then writes, reads back and deletes a probe.
   * @returns takes the folder back, where it was made
   * @throws BackupFailure; then nothing is left behind
   */
  async try(id: string, folder: string): Promise<() => Promise<void>> {
    const draft = this.get(id);
    const place = checkPlace(folder);
    const undo = await makeRemoteFolder(this.rc, this.conf, draft.id, place);
    try {
      await this.probe(draft, placeOf(draft.id, place));
      return undo;
    } catch (error) {
      await undo();
      throw error;
    }
  }

  /** Writes, reads back and deletes; once more with small packets where it may be for the large ones that it failed. */
  private async probe(draft: Draft, fs: string): Promise<void> {
    const sizeBytes = draft.hasLargePackets ? PACKETS_PROBE_BYTES : 0;
    try {
      const destination = await openPlace(this.rc, this.config, draft.id, fs);
      await tryDestination(destination, freshProbe(this.clock.now()), sizeBytes);
    } catch (error) {
      if (!draft.hasLargePackets || !mayBeOfPackets(error)) throw error;
      await this.conf.change(draft.id, { chunk_size: '' });
      draft.hasLargePackets = false;
      await this.probe(draft, fs);
    }
  }

  /** Has the server's keys checked from now on. @throws DestinationRefusal host-key-needed */
  async pin(draft: Draft, parameters: Section): Promise<void> {
    if (draft.hostKeys === null || !parsable(draft.hostKeys))
      throw new DestinationRefusal('host-key-needed', 'host');
    parameters['known_hosts_file'] = await this.hostKeys.pin(draft.id, draft.hostKeys);
  }

  /** @param saved whether what was made on this machine stays, since a destination uses it now */
  async close(id: string, saved = false): Promise<void> {
    const draft = this.drafts.get(id);
    this.drafts.delete(id);
    await this.conf.remove(id).catch(() => undefined);
    await this.hostKeys.unpin(id);
    if (!saved) await draft?.undo();
  }

  /** Throws away what nobody saved, also what a killed agent left. */
  async sweep(): Promise<void> {
    for (const draft of this.drafts.values()) if (this.isOld(draft)) await this.close(draft.id);
    for (const name of await this.conf.remotes())
      if (isDraftName(name) && !this.drafts.has(name)) await this.close(name);
  }

  private isOld(draft: Draft): boolean {
    return this.clock.now().getTime() - draft.openedAt.getTime() > DRAFT_LIFE_MS;
  }

  private async fillLocal(draft: Draft, order: RemoteOrder): Promise<void> {
    for (const name of Object.keys(order.options)) {
      if (name !== 'path')
        throw new DestinationRefusal('option-unknown', name.replace(/[^\w.-]/g, '?').slice(0, 60));
    }
    const { path, undo } = await makeLocalFolder(this.config, order.options['path'] ?? '');
    draft.undo = undo;
    // An alias has a root of its own; a remote of type `local` would mean wherever the agent was started.
    await this.conf.create(draft.id, 'alias', { remote: path });
  }

  /** Unless a person has said how large they are. */
  private async enlargePackets(draft: Draft, parameters: Section): Promise<void> {
    if (parameters['chunk_size'] !== undefined) return;
    const { host = '', port = '22' } = parameters;
    // Where nothing answers, what comes next says so.
    const software = await this.hostKeys.software(host, Number(port)).catch(() => null);
    draft.hasLargePackets = takesLargePackets(software);
    if (draft.hasLargePackets) parameters['chunk_size'] = LARGE_PACKETS;
  }

  private async fill(draft: Draft, order: RemoteOrder, kept: Section): Promise<void> {
    const { rcloneType, parameters } = await planRemote(this.conf, order, kept);
    if (rcloneType === 'sftp') await this.pin(draft, parameters);
    if (Object.keys(kept).length === 0) {
      if (rcloneType === 'sftp') await this.enlargePackets(draft, parameters);
      await this.conf.create(draft.id, rcloneType, parameters);
    } else {
      await this.conf.put(draft.id, kept);
      await this.conf.change(draft.id, parameters);
    }
  }
}

/** Names of the folders in a folder of any remote. */
export async function browse(rc: RcloneRc, remote: string, folder: string): Promise<string[]> {
  const place = checkPlace(folder);
  // Opened first: a person waits, and a server may ban who knocks too often.
  await rc.fsInfo(placeOf(remote, place), TRIES);
  const items = await rc.list(placeOf(remote, place), '', 'folders');
  return items
    .filter((item) => item.IsDir)
    .map((item) => item.Name)
    .sort()
    .slice(0, FOLDERS_SHOWN);
}

function parsable(hostKeys: string): boolean {
  return hostKeys.trim() !== '' && !/[^\x20-\x7e\n]/.test(hostKeys);
}
