import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { instant, json } from '../db/columns.js';
import type { Problem } from './problem.js';
import type { SettingTexts } from './settings.js';

export type AppOrigin = 'label' | 'manual';

/** `active → stopped → missing → archived`; the rest are conditions that a person has to look at. */
export type AppState =
  | 'active'
  | 'stopped'
  | 'missing'
  | 'archived'
  | 'invalid'
  | 'degraded'
  | 'suspended'
  | 'conflict'
  | 'paused'
  | 'pending';

/** What a user thinks of as one thing to back up. Its identity is `key`, never a container id. */
@Entity('apps')
export class App {
  @PrimaryColumn('text')
  id!: string;

  /** `id:…`, `swarm:…`, `compose:project/service`, `name:…` or `manual:…`. */
  @Index({ unique: true })
  @Column('text')
  key!: string;

  /** Unique; the default folder at every destination and the stem of object names. Never changes. */
  @Index({ unique: true })
  @Column('text')
  slug!: string;

  @Column('text')
  origin!: AppOrigin;

  @Column('text')
  state!: AppState;

  /** The last good declaration, as canonical texts. */
  @Column('text', { transformer: json })
  declaration!: SettingTexts;

  @Column('text', { transformer: json })
  problems!: Problem[];

  /** The container that is asked at present; null for apps added by hand. */
  @Column('text', { name: 'container_id', nullable: true })
  containerId!: string | null;

  @Column('text', { name: 'container_name', nullable: true })
  containerName!: string | null;

  @Column('text', { nullable: true })
  image!: string | null;

  /** Compose project and service, for `secret:` bindings; null where there are none. */
  @Column('text', { nullable: true })
  project!: string | null;

  @Column('text', { nullable: true })
  service!: string | null;

  /** Base address of an app added by hand. */
  @Column('text', { name: 'manual_url', nullable: true })
  manualUrl!: string | null;

  /** Its token, sealed. */
  @Column('text', { name: 'manual_token', nullable: true })
  manualToken!: string | null;

  @Column('text', { name: 'next_run_at', nullable: true, transformer: instant })
  nextRunAt!: Date | null;

  /** Since when the container has been gone or stopped. */
  @Column('text', { name: 'away_since', nullable: true, transformer: instant })
  awaySince!: Date | null;

  @Column('text', { name: 'created_at', transformer: instant })
  createdAt!: Date;

  @Column('text', { name: 'updated_at', transformer: instant })
  updatedAt!: Date;
}
