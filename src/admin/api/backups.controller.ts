import { pipeline } from 'node:stream/promises';
import { Body, Controller, Get, HttpCode, Logger, Param, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { z } from 'zod';
import type { Backup } from '../../backups/backup.entity.js';
import { Catalog } from '../../backups/catalog.js';
import { messageOf } from '../../core/failure.js';
import { AppsService } from '../../apps/apps.service.js';
import { AuditLog } from '../audit-log.js';
import { callerOf, nameOf } from '../auth/caller.js';
import { found } from '../http-problem.js';
import { KeepReasons } from '../keep-reasons.js';
import { langOf } from '../lang.js';
import { attachment } from './attachment.js';
import { backupJson } from './backup.view.js';
import { PIN } from './bodies.js';
import { ApiAnswer, ApiDownload, ApiTags, ApiZodBody } from './documented.js';
import { WholeOrBroken } from './whole-or-broken.js';
import { ZodPipe } from './zod.pipe.js';

@ApiTags('backups')
@Controller('api/backups')
export class BackupsController {
  private readonly logger = new Logger(BackupsController.name);

  constructor(
    private readonly catalog: Catalog,
    private readonly apps: AppsService,
    private readonly reasons: KeepReasons,
    private readonly audit: AuditLog,
  ) {}

  /** The stored bytes, straight from the destination; a copy that is not what was proven breaks the transfer. */
  @ApiDownload()
  @Get(':id/download')
  async download(@Param('id') id: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    const backup = found(await this.catalog.byId(id), 'backup-not-found');
    if (request.method === 'HEAD') {
      setDownloadHeaders(response, backup);
      response.end();
      return;
    }
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const bytes = await this.catalog.open(backup, gone.signal);
    setDownloadHeaders(response, backup);
    await this.audit.write(nameOf(callerOf(response)), 'backup-downloaded', backup.id, backup.objectKey);
    // pipeline destroys the response on an error: the reader sees a broken transfer.
    await pipeline(bytes, new WholeOrBroken(backup), response).catch((error: unknown) => {
      if (!gone.signal.aborted || !response.destroyed)
        this.logger.warn(`download of ${backup.objectKey}: ${messageOf(error)}`);
    });
  }

  /** A pinned copy is never pruned and does not count. */
  @ApiZodBody(PIN)
  @ApiAnswer(200, 'Backup')
  @HttpCode(200)
  @Post(':id/pin')
  async pin(
    @Param('id') id: string,
    @Body(new ZodPipe(PIN)) body: z.infer<typeof PIN>,
    @Res({ passthrough: true }) response: Response,
  ): Promise<object> {
    found(await this.catalog.byId(id), 'backup-not-found');
    await this.catalog.pin(id, body.pinned);
    await this.audit.write(nameOf(callerOf(response)), body.pinned ? 'backup-pinned' : 'backup-unpinned', id);
    const backup = found(await this.catalog.byId(id), 'backup-not-found');
    const app = await this.apps.byId(backup.appId);
    const reasons = app === null ? [] : ((await this.reasons.reasonsOf(app)).get(id) ?? []);
    return backupJson(backup, reasons, langOf(response));
  }
}

/** The bytes are whatever an app sent: nothing of them may run in our origin. */
function setDownloadHeaders(response: Response, backup: Backup): void {
  response.status(200).set({
    'Content-Type': 'application/octet-stream',
    'Content-Length': String(backup.sizeBytes),
    'Content-Disposition': attachment(backup.objectKey),
    'Content-Security-Policy': "sandbox; default-src 'none'",
    'X-Content-Type-Options': 'nosniff',
    'X-Checksum-SHA256': backup.sha256,
    'Cache-Control': 'no-store, no-transform',
  });
}
