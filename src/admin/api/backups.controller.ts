import { pipeline } from 'node:stream/promises';
import { Body, Controller, Get, HttpCode, Logger, Param, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { z } from 'zod';
import type { Backup } from '../../backups/backup.entity.js';
import { Catalog } from '../../backups/catalog.js';
import { messageOf } from '../../core/failure.js';
import { AppsService } from '../../apps/apps.service.js';
import { AuditLog } from '../audit-log.js';
import { BackupActions } from '../backup-actions.js';
import { callerOf, nameOf } from '../auth/caller.js';
import { found } from '../http-problem.js';
import { KeepReasons } from '../keep-reasons.js';
import { langOf } from '../lang.js';
import { attachment } from './attachment.js';
import { backupJson } from './backup.view.js';
import { PIN } from './bodies.js';
import { ApiAnswer, ApiTags, ApiDownload, ApiZodBody } from './documented.js';
import { untilGone } from './until-gone.js';
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
    private readonly actions: BackupActions,
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
    const gone = untilGone(response);
    const bytes = await this.catalog.open(backup, gone);
    setDownloadHeaders(response, backup);
    await this.audit.write(nameOf(callerOf(response)), 'backup-downloaded', backup.id, backup.objectKey);
    // pipeline destroys the response on an error: the reader sees a broken transfer.
    await pipeline(bytes, new WholeOrBroken(backup), response).catch((error: unknown) => {
      // Our own destroying closes the response as well; a reader who left is nothing to tell of.
      if (!hasLeft(error)) this.logger.warn(`download of ${backup.objectKey}: ${messageOf(error)}`);
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
    return this.json(await this.actions.pin(id, body.pinned, nameOf(callerOf(response))), response);
  }

  /** Reads the stored copy again, all of it, and answers what it is now; ends early when the caller goes away. */
  @ApiAnswer(200, 'Backup')
  @HttpCode(200)
  @Post(':id/verify')
  async verify(@Param('id') id: string, @Res({ passthrough: true }) response: Response): Promise<object> {
    const backup = await this.actions.verify(id, nameOf(callerOf(response)), untilGone(response));
    return this.json(backup, response);
  }

  /** A suspicious copy (of unusual size) counts as good from now on. */
  @ApiAnswer(200, 'Backup')
  @HttpCode(200)
  @Post(':id/accept')
  async accept(@Param('id') id: string, @Res({ passthrough: true }) response: Response): Promise<object> {
    return this.json(await this.actions.accept(id, nameOf(callerOf(response))), response);
  }

  private async json(backup: Backup, response: Response): Promise<object> {
    const app = await this.apps.byId(backup.appId);
    const reasons = app === null ? [] : ((await this.reasons.reasonsOf(app)).get(backup.id) ?? []);
    return backupJson(backup, reasons, langOf(response));
  }
}

function hasLeft(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
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
