import { DestinationsPage } from './destinations.page.js';
import { DestinationsReader } from './destinations-reader.js';

/** The pages of destinations, and what they alone need. */
export const DESTINATION_PAGES = {
  controllers: [DestinationsPage],
  providers: [DestinationsReader],
};
