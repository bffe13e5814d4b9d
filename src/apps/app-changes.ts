import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { Clock } from '../core/clock.js';
import { App } from './app.entity.js';
import { freeSlug } from './free-slug.js';

/** What discovery decides about an app; everything else of the row is not its business. */
export type DiscoveredFields = Pick<
  App,
  | 'state'
  | 'declaration'
  | 'problems'
  | 'containerId'
  | 'containerName'
  | 'image'
  | 'project'
  | 'service'
  | 'awaySince'
>;

export type AppChange =
  | { kind: 'register'; key: string; wantedName: string; fields: DiscoveredFields }
  | { kind: 'update'; id: string; key: string; fields: Partial<DiscoveredFields>; reschedule: boolean };

/** One statement may have 32,766 variables; a row has 18. */
const ROWS_AT_ONCE = 500;

/** Applies what discovery found, all of it or nothing: a kill in between leaves no half row. */
@Injectable()
export class AppChanges {
  constructor(
    @InjectDataSource() private readonly db: DataSource,
    private readonly clock: Clock,
  ) {}

  /** Registering a key that is there already changes nothing: replays and duplicates are harmless. */
  async apply(changes: readonly AppChange[]): Promise<void> {
    if (changes.length === 0) return;
    await this.db.transaction(async (tx) => {
      const repository = tx.getRepository(App);
      const names = await repository.find({ select: { key: true, slug: true } });
      const keys = new Set(names.map((app) => app.key));
      const slugs = new Set(names.map((app) => app.slug));
      const now = this.clock.now();
      const fresh: App[] = [];
      for (const change of changes) {
        if (change.kind === 'update') {
          const next = change.reschedule ? { nextRunAt: null } : {};
          await repository.update({ id: change.id }, { ...change.fields, ...next, updatedAt: now });
        } else if (!keys.has(change.key)) {
          const slug = freeSlug(change.wantedName, change.key, (wanted) => slugs.has(wanted));
          slugs.add(slug);
          keys.add(change.key);
          const fixed = {
            id: randomUUID(),
            key: change.key,
            slug,
            origin: 'label' as const,
            manualUrl: null,
            manualToken: null,
          };
          fresh.push(
            repository.create({
              ...change.fields,
              ...fixed,
              nextRunAt: null,
              createdAt: now,
              updatedAt: now,
            }),
          );
        }
      }
      for (let at = 0; at < fresh.length; at += ROWS_AT_ONCE)
        await repository.insert(fresh.slice(at, at + ROWS_AT_ONCE));
    });
  }
}
