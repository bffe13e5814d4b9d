import { Injectable } from '@nestjs/common';
import { DestinationHealth } from '../../../destinations/destination-health.js';
import { DestinationsAdmin } from '../../../destinations/destinations-admin.js';
import type { DestinationOrder } from '../../../destinations/destinations-admin.js';
import { EncryptDestination } from '../../../destinations/encrypt-destination.js';
import type { Encrypted } from '../../../destinations/encrypt-destination.js';
import { AuditLog } from '../../audit-log.js';

/** What a form led to: a destination, or a draft that has more questions. */
export interface Made {
  name: string;
  draft?: string;
  /** A page that must be seen once, instead of going to the destination. */
  show?: { view: string; page: object };
}

/** Saves what a form or a draft describes, encrypted or not, notes who did it and has a first look at it. */
@Injectable()
export class SaveDestination {
  constructor(
    private readonly admin: DestinationsAdmin,
    private readonly encrypt: EncryptDestination,
    private readonly health: DestinationHealth,
    private readonly audit: AuditLog,
  ) {}

  async create(order: DestinationOrder, encrypted: boolean, who: string): Promise<Made> {
    if (encrypted) return this.sealed(await this.encrypt.create(order), who);
    const row = await this.admin.create(order);
    await this.added(row.name, who);
    return { name: row.name };
  }

  async draft(id: string, name: string, folder: string, encrypted: boolean, who: string): Promise<Made> {
    if (encrypted) return this.sealed(await this.encrypt.save(id, name, folder), who);
    const row = await this.admin.save(id, name, folder);
    await this.added(row.name, who);
    return { name: row.name };
  }

  /** An encrypted one over a destination that is there. */
  async over(below: string, name: string, folder: string, who: string): Promise<Made> {
    return this.sealed(await this.encrypt.over(below, name, folder), who);
  }

  /** Throws as DestinationsAdmin.update. */
  async change(name: string, change: Parameters<DestinationsAdmin['update']>[1], who: string): Promise<void> {
    await this.admin.update(name, change);
    await this.audit.write(who, 'destination-changed', name, Object.keys(change).join(', '));
    await this.health.check(name);
  }

  async added(name: string, who: string): Promise<void> {
    await this.audit.write(who, 'destination-added', name);
    await this.health.check(name);
  }

  private async sealed({ row, key }: Encrypted, who: string): Promise<Made> {
    await this.added(row.name, who);
    return { name: row.name, show: { view: 'destination-key', page: { key } } };
  }
}
