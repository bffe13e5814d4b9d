import type { Destinations } from './destination.js';
import type { DestinationBook } from './destination-book.js';
import { DestinationRefusal } from './destination-refusal.js';
import type { DestinationRow } from './destination.entity.js';

/** A destination whose configuration is kept by us. @throws DestinationRefusal destination-unknown, set-elsewhere */
export async function editableRow(
  book: DestinationBook,
  destinations: Destinations,
  name: string,
): Promise<DestinationRow> {
  const row = await book.find(name);
  if (row !== null && row.sealedConfig !== null) return row;
  if (row === null && !(await destinations.names()).some((view) => view.name === name))
    throw new DestinationRefusal('destination-unknown', 'name');
  throw new DestinationRefusal('set-elsewhere', 'name');
}
