import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { Clock } from '../core/clock.js';
import { SecretsBox } from '../core/secrets-box.js';
import { DestinationFolders } from './destination-folders.js';
import { DestinationRefusal } from './destination-refusal.js';
import { DestinationRow, freshRow } from './destination.entity.js';
import type { DestinationOrigin } from './destination.entity.js';
import type { Section } from './rclone-config.js';

/** The rows of destinations; their configuration is only ever written sealed. */
@Injectable()
export class DestinationBook implements OnModuleInit {
  constructor(
    @InjectRepository(DestinationRow) private readonly rows: Repository<DestinationRow>,
    private readonly box: SecretsBox,
    private readonly clock: Clock,
    private readonly folders: DestinationFolders,
  ) {}

  async onModuleInit(): Promise<void> {
    this.folders.fill(await this.rows.find());
  }

  all(): Promise<DestinationRow[]> {
    return this.rows.find({ order: { name: 'ASC' } });
  }

  find(name: string): Promise<DestinationRow | null> {
    return this.rows.findOneBy({ name });
  }

  /** @throws DestinationRefusal destination-unknown */
  async get(name: string): Promise<DestinationRow> {
    const row = await this.find(name);
    if (row === null) throw new DestinationRefusal('destination-unknown', 'name');
    return row;
  }

  fresh(name: string, type: string, folder: string, origin: DestinationOrigin): DestinationRow {
    return freshRow({ id: randomUUID(), name, type, folder, origin }, this.clock.now());
  }

  /** The row as it is now in the table. */
  async save(row: DestinationRow): Promise<DestinationRow> {
    row.updatedAt = this.clock.now();
    const saved = await this.rows.save(row);
    this.folders.set(saved.name, saved.folder);
    return saved;
  }

  /** All of it or nothing. */
  async change(work: (tx: EntityManager) => Promise<void>): Promise<void> {
    await this.rows.manager.transaction(work);
    await this.onModuleInit();
  }

  async rename(row: DestinationRow, to: string, tx: EntityManager): Promise<void> {
    Object.assign(row, { name: to, updatedAt: this.clock.now() });
    await tx.getRepository(DestinationRow).save(row);
  }

  /** The copy of the configuration, of a destination that has one. */
  async reseal(name: string, section: Section, tx: EntityManager): Promise<void> {
    const row = await tx.getRepository(DestinationRow).findOneBy({ name });
    if (row?.sealedConfig === undefined || row.sealedConfig === null) return;
    this.seal(row, section);
    await tx.getRepository(DestinationRow).save(row);
  }

  /** Only what a look at it found; a change that a person makes meanwhile stays. */
  async note(row: DestinationRow, found: Partial<DestinationRow>): Promise<void> {
    Object.assign(row, found);
    await this.rows.update({ id: row.id }, found);
  }

  async remove(row: DestinationRow, tx: EntityManager = this.rows.manager): Promise<void> {
    await tx.getRepository(DestinationRow).delete({ id: row.id });
    this.folders.forget(row.name);
  }

  seal(row: DestinationRow, section: Section): void {
    row.sealedConfig = this.box.seal(JSON.stringify(section), placeOf(row));
  }

  /** @returns null when there is no copy, or none that this APP_SECRET_KEY opens */
  open(row: DestinationRow): Section | null {
    if (row.sealedConfig === null) return null;
    try {
      const section: unknown = JSON.parse(this.box.open(row.sealedConfig, placeOf(row)));
      return isSection(section) ? section : null;
    } catch {
      return null;
    }
  }
}

function placeOf(row: DestinationRow): string {
  return `destinations:${row.id}:config`;
}

function isSection(value: unknown): value is Section {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((one) => typeof one === 'string')
  );
}
