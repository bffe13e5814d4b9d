import { Injectable } from '@nestjs/common';
import type { App } from '../apps/app.entity.js';
import type { Backup } from '../backups/backup.entity.js';
import { Catalog } from '../backups/catalog.js';
import { ChecksService } from '../backups/checks.service.js';
import { PruneService } from '../backups/prune.service.js';
import type { PruneReport } from '../backups/prune.service.js';
import { RunLedger } from '../backups/run-ledger.js';
import { AuditLog } from './audit-log.js';
import { HttpProblem, found } from './http-problem.js';

/** What people may do with stored copies, for pages and REST alike; each deed is in the audit log. */
@Injectable()
export class BackupActions {
  constructor(
    private readonly catalog: Catalog,
    private readonly checks: ChecksService,
    private readonly prunes: PruneService,
    private readonly ledger: RunLedger,
    private readonly audit: AuditLog,
  ) {}

  /** @throws HttpProblem backup-not-found */
  async pin(id: string, pinned: boolean, who: string): Promise<Backup> {
    found(await this.catalog.byId(id), 'backup-not-found');
    await this.catalog.pin(id, pinned);
    await this.audit.write(who, pinned ? 'backup-pinned' : 'backup-unpinned', id);
    return found(await this.catalog.byId(id), 'backup-not-found');
  }

  /** @throws HttpProblem backup-not-found, backup-not-suspicious */
  async accept(id: string, who: string): Promise<Backup> {
    const backup = found(await this.catalog.byId(id), 'backup-not-found');
    if (!(await this.catalog.accept(id))) throw new HttpProblem('backup-not-suspicious');
    await this.audit.write(who, 'backup-accepted', id, backup.objectKey);
    return found(await this.catalog.byId(id), 'backup-not-found');
  }

  /**
   * Reads the stored copy again, all of it, and writes down what became of it.
   * @throws HttpProblem backup-not-found; BackupFailure when the copy was deleted or its destination cannot be asked
   */
  async verify(id: string, who: string, signal: AbortSignal): Promise<Backup> {
    const backup = found(await this.catalog.byId(id), 'backup-not-found');
    const { state } = await this.checks.check(backup, signal);
    await this.audit.write(who, 'backup-verified', id, `${backup.objectKey}: ${state}`);
    return found(await this.catalog.byId(id), 'backup-not-found');
  }

  /** Retention by hand. @throws HttpProblem app-busy: retention follows the run that is under way by itself */
  async prune(app: App, who: string): Promise<PruneReport> {
    if ((await this.ledger.openRunOf(app.id))?.state === 'running') throw new HttpProblem('app-busy');
    const report = await this.prunes.prune(app.id);
    await this.audit.write(who, 'app-pruned', app.id, String(report.lines.length));
    return report;
  }
}
