import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { AuditEntry } from '../apps/audit-entry.entity.js';
import { Clock } from '../core/clock.js';

export type AuditAction =
  | 'app-added'
  | 'app-changed'
  | 'app-removed'
  | 'app-pruned'
  | 'app-tested'
  | 'backup-accepted'
  | 'backup-verified'
  | 'backup-pinned'
  | 'backup-unpinned'
  | 'backup-downloaded'
  | 'run-cancelled';

/** Who did what through the UI or the API. Values are never secrets. */
@Injectable()
export class AuditLog {
  constructor(
    @InjectDataSource() private readonly db: DataSource,
    private readonly clock: Clock,
  ) {}

  async write(who: string, action: AuditAction, subject: string, after: string | null = null): Promise<void> {
    const entry = { id: randomUUID(), at: this.clock.now(), who, action, subject, before: null, after };
    await this.db.getRepository(AuditEntry).insert(entry);
  }
}
