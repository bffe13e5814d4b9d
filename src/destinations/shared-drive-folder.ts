import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { AppConfig } from '../config/app-config.js';
import { BackupFailure } from '../core/failure.js';
import { rememberSecret } from '../core/redact.js';
import { placeOf } from './destination-folders.js';
import { DestinationMoves } from './destination-moves.js';
import { checkPlace } from './destination-names.js';
import { DestinationRefusal } from './destination-refusal.js';
import type { DestinationRow } from './destination.entity.js';
import { DestinationsAdmin } from './destinations-admin.js';
import { postJson } from './proxied-request.js';
import { RcloneConfig } from './rclone-config.js';
import { rcloneFailure } from './rclone-errors.js';
import { RcloneRc } from './rclone-rc.js';

const EMAIL = /^[^\s@<>,;"'\p{Cc}]{1,64}@[\p{L}\p{N}.-]{1,190}$/u;
const DOMAIN = /^[\p{L}\p{N}](?:[\p{L}\p{N}.-]{0,188}[\p{L}\p{N}])?$/u;
const TOKEN = z.object({ access_token: z.string() });

/** Google Drive “account provided by the orchestrator”: a folder of the agent's account, shared with a person. */
export interface SharedFolderOrder {
  /** Name of the new destination. */
  name: string;
  /** Folder below the agent's own remote; made if it is missing. */
  folder: string;
  /** Whom it is shared with: an e-mail address, or a domain where RCLONE_DRIVE_SHARE_TYPE is `domain`. */
  email: string;
  /** Must be true where RCLONE_DRIVE_SHARE_TYPE is `anyone`: everybody with the link can then read the backups. */
  anyone?: boolean;
}

@Injectable()
export class SharedDriveFolder {
  constructor(
    private readonly config: AppConfig,
    private readonly admin: DestinationsAdmin,
    private readonly moves: DestinationMoves,
    private readonly conf: RcloneConfig,
    private readonly rc: RcloneRc,
  ) {}

  /**
   * Makes, tries and saves an alias remote, then shares its folder. A share that is refused takes the destination back.
   * @returns the destination and the address of the folder, for a browser
   * @throws DestinationRefusal for `email`, `anyone`, `name`, `folder`; BackupFailure
   */
  async create(order: SharedFolderOrder): Promise<{ row: DestinationRow; link: string }> {
    const permission = this.permissionFor(order);
    const remote = this.config.rcloneRemote ?? 'gdrive';
    const account = await this.conf.section(remote);
    if (account?.['type'] !== 'drive') throw new DestinationRefusal('destination-unknown', 'over');
    const folder = checkPlace(order.folder);
    if (folder === '' || folder.startsWith('/')) throw new DestinationRefusal('folder-invalid', 'folder');
    const over = { destination: remote, folder };
    const row = await this.admin.create({ name: order.name, type: 'alias', options: {}, over, folder: '' });
    try {
      const id = await this.folderId(remote, folder);
      await this.share(remote, id, permission);
      return { row, link: `https://drive.google.com/drive/folders/${encodeURIComponent(id)}` };
    } catch (error) {
      await this.moves.remove(order.name);
      throw error;
    }
  }

  private permissionFor(order: SharedFolderOrder): Record<string, string> {
    const { type, role } = this.config.driveShare;
    if (type === 'anyone') {
      if (order.anyone !== true) throw new DestinationRefusal('option-required', 'anyone');
      return { type, role };
    }
    if (!(type === 'domain' ? DOMAIN : EMAIL).test(order.email))
      throw new DestinationRefusal('value-invalid', 'email');
    return type === 'domain'
      ? { type, role, domain: order.email }
      : { type, role, emailAddress: order.email };
  }

  private async folderId(remote: string, folder: string): Promise<string> {
    const item = await this.rc.stat(placeOf(remote, ''), folder);
    if (item?.ID === undefined || item.ID === '')
      throw new BackupFailure('destination-error', { detail: `${folder} has no id` });
    return item.ID;
  }

  /** rclone has no call for this, but its token, which the calls before have renewed if it was old. */
  private async share(remote: string, id: string, permission: Record<string, string>): Promise<void> {
    const token = TOKEN.safeParse(JSON.parse((await this.conf.section(remote))?.['token'] ?? 'null'));
    if (!token.success) throw new BackupFailure('destination-expired', { detail: `${remote} has no token` });
    rememberSecret(token.data.access_token);
    const url = new URL(`https://www.googleapis.com/drive/v3/files/${encodeURIComponent(id)}/permissions`);
    url.search = new URLSearchParams({
      supportsAllDrives: 'true',
      sendNotificationEmail: String(permission['type'] === 'user'),
    }).toString();
    const { status, text } = await postJson(this.config, url, token.data.access_token, permission);
    if (status !== 200) throw rcloneFailure(`Error ${status}: ${text.slice(0, 500)}`);
  }
}
