import { Injectable } from '@nestjs/common';
import { AppDestinations } from '../../../apps/app-destinations.js';
import { DestinationList } from '../../../destinations/destination-list.js';
import { DestinationUses } from '../../../destinations/destination-uses.js';
import type { Lang } from '../../lang.js';
import { detailsJson, summaryJson, typeJson } from './destination.view.js';

/** Destinations with their health and who uses them, for the API. */
@Injectable()
export class DestinationAnswers {
  constructor(
    private readonly list: DestinationList,
    private readonly uses: DestinationUses,
    private readonly apps: AppDestinations,
  ) {}

  async all(lang: Lang): Promise<object> {
    const [summaries, users] = await Promise.all([this.list.all(), this.apps.all()]);
    const items = summaries.map((summary) => summaryJson(summary, users.get(summary.name) ?? [], lang));
    return { items, next_cursor: null };
  }

  /** @throws DestinationRefusal destination-unknown */
  async one(name: string, lang: Lang): Promise<object> {
    const details = await this.list.details(name);
    const [users, backups] = await Promise.all([this.apps.of(name), this.uses.backupsAt(name)]);
    return detailsJson(details, users, backups, lang);
  }

  async types(): Promise<object> {
    return { items: (await this.list.backends()).map(typeJson), next_cursor: null };
  }
}
