import { Column, Entity, PrimaryColumn } from 'typeorm';
import { instant } from '../db/columns.js';
import type { SettingName } from './settings.js';

/** A value that the admin set; wins over the label. */
@Entity('app_overrides')
export class AppOverride {
  @PrimaryColumn('text', { name: 'app_id' })
  appId!: string;

  @PrimaryColumn('text')
  setting!: SettingName;

  @Column('text')
  value!: string;

  @Column('text', { name: 'set_by' })
  setBy!: string;

  @Column('text', { name: 'set_at', transformer: instant })
  setAt!: Date;
}
