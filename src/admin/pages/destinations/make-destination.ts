import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../../config/app-config.js';
import { ConfigQuestions } from '../../../destinations/config-questions.js';
import { DestinationList } from '../../../destinations/destination-list.js';
import { SharedDriveFolder } from '../../../destinations/shared-drive-folder.js';
import type { Typed } from './form-view.js';
import type { Kind } from './kinds.js';
import { optionsOf, orderOf } from './read-form.js';
import { SaveDestination } from './save-destination.js';
import type { Made } from './save-destination.js';

/** Turns a filled form into a destination. */
@Injectable()
export class MakeDestination {
  constructor(
    private readonly config: AppConfig,
    private readonly list: DestinationList,
    private readonly shared: SharedDriveFolder,
    private readonly questions: ConfigQuestions,
    private readonly saving: SaveDestination,
  ) {}

  /** Name of the agent's own Google Drive account; null = there is none, and nothing of it can be shared. */
  async accountOfAgent(): Promise<string | null> {
    const name = this.config.rcloneRemote ?? 'gdrive';
    const all = await this.list.all();
    return all.some((one) => one.name === name && one.type === 'drive') ? name : null;
  }

  /** Throws as DestinationsAdmin.create. */
  async from(kind: Kind, typed: Typed, who: string): Promise<Made> {
    if (kind.isAsked === true) {
      const begun = await this.questions.begin({ type: kind.type, options: optionsOf(kind, typed) }, false);
      return { name: '', draft: begun.done ? begun.draft : begun.question.draft };
    }
    const order = orderOf(kind, typed);
    if (kind.id === 'shared') {
      const { row, link } = await this.shared.create({
        name: order.name,
        folder: order.folder,
        email: typed['email'] ?? '',
        anyone: typed['anyone'] === 'true',
      });
      await this.saving.added(row.name, who);
      return { name: row.name, show: { view: 'destination-shared', page: { link, email: typed['email'] } } };
    }
    return this.saving.create(order, typed['encrypt'] === 'true', who);
  }
}
