import { Injectable } from '@nestjs/common';
import { AppsService } from '../../../apps/apps.service.js';
import { DestinationList } from '../../../destinations/destination-list.js';
import type { Reader } from '../reader.js';
import { destinationCard, sortDestinations } from './destination-card.js';
import type { AppLink, DestinationCard } from './destination-card.js';

/** Destinations with the apps that use them. */
@Injectable()
export class DestinationsReader {
  constructor(
    private readonly list: DestinationList,
    private readonly apps: AppsService,
  ) {}

  async cards(reader: Reader): Promise<DestinationCard[]> {
    const [all, users] = await Promise.all([this.list.all(), this.users()]);
    return sortDestinations(all.map((one) => destinationCard(one, users.get(one.name) ?? [], reader)));
  }

  async usersOf(name: string): Promise<readonly AppLink[]> {
    return (await this.users()).get(name) ?? [];
  }

  private async users(): Promise<Map<string, AppLink[]>> {
    const users = new Map<string, AppLink[]>();
    for (const app of await this.apps.all()) {
      if (app.state === 'archived') continue;
      const { name, destinations } = await this.apps.settingsOf(app);
      for (const used of new Set(destinations.value.map((destination) => destination.name)))
        users.set(used, [...(users.get(used) ?? []), { id: app.id, name: name.value }]);
    }
    return users;
  }
}
