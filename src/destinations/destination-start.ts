import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { asFailure } from '../core/failure.js';
import { ConfigKeeper } from './config-keeper.js';
import { DestinationBook } from './destination-book.js';
import { DestinationDrafts } from './destination-drafts.js';
import { RcloneConfig } from './rclone-config.js';

const DRIVE_NAME = 'gdrive';

/** What is done about destinations when the agent starts; nothing here keeps it from starting. */
@Injectable()
export class DestinationStart implements OnApplicationBootstrap {
  private readonly logger = new Logger('destinations');

  constructor(
    private readonly config: AppConfig,
    private readonly keeper: ConfigKeeper,
    private readonly drafts: DestinationDrafts,
    private readonly conf: RcloneConfig,
    private readonly book: DestinationBook,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    for (const step of [
      () => this.keeper.restoreLost(),
      () => this.drafts.sweep(),
      () => this.setUpDrive(),
    ]) {
      await step().catch((error: unknown) => this.logger.warn(asFailure(error).message));
    }
  }

  /**
   * Makes the default remote from RCLONE_DRIVE_… where there is none of that name. It is not tried: the agent must come
   * up without a network, and the health check tells whether it works.
   * @returns whether it was made
   */
  async setUpDrive(): Promise<boolean> {
    const setup = this.config.driveSetup;
    const name = this.config.rcloneRemote ?? DRIVE_NAME;
    if (setup === null || (await this.conf.remotes()).includes(name)) return false;
    const { clientId, clientSecret, token, scope } = setup;
    await this.conf.create(name, 'drive', {
      client_id: clientId,
      client_secret: clientSecret,
      token: oneLine(token),
      scope,
      stop_on_upload_limit: 'true',
    });
    const section = await this.conf.section(name);
    if (section !== null) {
      const row = (await this.book.find(name)) ?? this.book.fresh(name, 'drive', '', 'environment');
      this.book.seal(row, section);
      await this.book.save(row);
    }
    this.logger.log(`made the remote ${name} from RCLONE_DRIVE_CLIENT_ID, _SECRET and _TOKEN`);
    return true;
  }
}

/** The schema has seen that it is JSON. */
function oneLine(token: string): string {
  return JSON.stringify(JSON.parse(token));
}
