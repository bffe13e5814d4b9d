import { Controller, Get, HttpCode, Param, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import type { Backup } from '../../backups/backup.entity.js';
import { Catalog } from '../../backups/catalog.js';
import { RunsService } from '../../backups/runs.service.js';
import { describeWarning } from '../../core/warning-texts.js';
import { AppsReader } from '../apps-reader.js';
import { callerOf, nameOf } from '../auth/caller.js';
import { BackupActions } from '../backup-actions.js';
import { KeepReasons } from '../keep-reasons.js';
import { langOf } from '../lang.js';
import { backupJson, reasonText } from './backup.view.js';
import { ApiAnswer, ApiTags } from './documented.js';

@ApiTags('backups')
@Controller('api/apps/:id')
export class AppBackupsController {
  constructor(
    private readonly reader: AppsReader,
    private readonly runs: RunsService,
    private readonly catalog: Catalog,
    private readonly reasons: KeepReasons,
    private readonly actions: BackupActions,
  ) {}

  /** Twenty requests at once are one run: the answer names the one that is under way. */
  @ApiAnswer(202, 'StartedJob')
  @HttpCode(202)
  @Post('backups')
  async start(@Param('id') id: string): Promise<object> {
    const app = await this.reader.byId(id);
    const run = await this.runs.start(app.id, 'api');
    return { job_id: run.id, status_url: `/api/jobs/${run.id}` };
  }

  @ApiAnswer(200, 'BackupList')
  @Get('backups')
  async list(@Param('id') id: string, @Res({ passthrough: true }) response: Response): Promise<object> {
    const app = await this.reader.byId(id);
    const [copies, reasons] = await Promise.all([this.catalog.ofApp(app.id), this.reasons.reasonsOf(app)]);
    const items = copies.map((copy) => backupJson(copy, reasons.get(copy.id) ?? [], langOf(response)));
    return { items, next_cursor: null };
  }

  /** What the next pruning would keep, and why, and delete. Asking deletes nothing. */
  @ApiAnswer(200, 'RetentionPreview')
  @Get('retention/preview')
  async preview(@Param('id') id: string, @Res({ passthrough: true }) response: Response): Promise<object> {
    const app = await this.reader.byId(id);
    const lang = langOf(response);
    const plans = await this.reasons.plansOf(app);
    return {
      destinations: plans.map(({ destination, copies, plan }) => {
        const byId = new Map(copies.map((copy) => [copy.id, copy]));
        return {
          destination,
          keep: plan.keep.map(({ id: kept, reasons }) => ({
            ...brief(byId.get(kept)),
            keep_reasons: reasons.map((reason) => reasonText(reason, lang)),
          })),
          remove: plan.remove.map((removed) => brief(byId.get(removed))),
        };
      }),
    };
  }

  /** Deletes what the preview says, also where a pass after a run stops at the brake and waits for a person. */
  @ApiAnswer(200, 'PruneReport')
  @HttpCode(200)
  @Post('prune')
  async prune(@Param('id') id: string, @Res({ passthrough: true }) response: Response): Promise<object> {
    const app = await this.reader.byId(id);
    const { lines, warnings } = await this.actions.prune(app, nameOf(callerOf(response)));
    const lang = langOf(response);
    return {
      lines,
      warnings: warnings.map((one) => ({ code: one.code, message: describeWarning(one, lang) })),
    };
  }
}

const brief = (copy: Backup | undefined): object => ({
  backup_id: copy?.id,
  object_key: copy?.objectKey,
  size_bytes: copy?.sizeBytes,
  created_at: copy?.createdAt.toISOString(),
});
