import { Injectable } from '@nestjs/common';
import { AppDestinations } from '../../../apps/app-destinations.js';
import { DestinationList } from '../../../destinations/destination-list.js';
import type { DestinationDetails } from '../../../destinations/destination-list.js';
import type { Reader } from '../reader.js';
import { destinationCard, sortDestinations } from './destination-card.js';
import type { AppLink, DestinationCard } from './destination-card.js';

/** Destinations with the apps that use them. */
@Injectable()
export class DestinationsReader {
  constructor(
    private readonly list: DestinationList,
    private readonly apps: AppDestinations,
  ) {}

  async cards(reader: Reader): Promise<DestinationCard[]> {
    const [all, users] = await Promise.all([this.list.all(), this.apps.all()]);
    return sortDestinations(all.map((one) => destinationCard(one, once(users.get(one.name)), reader)));
  }

  /** @throws DestinationRefusal destination-unknown */
  async details(
    name: string,
    reader: Reader,
  ): Promise<{ card: DestinationCard; details: DestinationDetails }> {
    const [details, users] = await Promise.all([this.list.details(name), this.apps.of(name)]);
    return { card: destinationCard(details, once(users), reader), details };
  }

  async others(name: string): Promise<string[]> {
    return (await this.list.all()).map((one) => one.name).filter((other) => other !== name);
  }
}

/** An app may use two folders of one destination. */
function once(users: readonly AppLink[] = []): AppLink[] {
  return users.filter((user, nth) => users.findIndex(({ id }) => id === user.id) === nth);
}
