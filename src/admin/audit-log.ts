import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, LessThan } from 'typeorm';
import { AuditEntry, addAuditEntry } from '../apps/audit-entry.entity.js';
import type { AuditAction } from '../apps/audit-entry.entity.js';
import { Clock } from '../core/clock.js';

/** Who did what through the UI or the API. Values are never secrets. */
@Injectable()
export class AuditLog {
  constructor(
    @InjectDataSource() private readonly db: DataSource,
    private readonly clock: Clock,
  ) {}

  async write(who: string, action: AuditAction, subject: string, after: string | null = null): Promise<void> {
    await addAuditEntry(this.db.manager, this.clock.now(), { who, action, subject, after });
  }

  /** Newest first. @param before id of the last entry that the reader has */
  async list(limit: number, before: string | null): Promise<AuditEntry[]> {
    const repository = this.db.getRepository(AuditEntry);
    const last = before === null ? null : await repository.findOneBy({ id: before });
    // Entries of one instant are told apart by their id.
    const where = last === null ? {} : [{ at: LessThan(last.at) }, { at: last.at, id: LessThan(last.id) }];
    return repository.find({ where, order: { at: 'DESC', id: 'DESC' }, take: limit });
  }
}
