import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import { Catalog } from '../../backups/catalog.js';
import { ZodPipe } from '../api/zod.pipe.js';
import { AuditLog } from '../audit-log.js';
import { callerOf, nameOf } from '../auth/caller.js';
import { found } from '../http-problem.js';
import { goTo } from './page.js';
import { ApiExcludeController } from '../api/documented.js';

const PIN_FORM = z.object({ pinned: z.enum(['true', 'false']) });

@ApiExcludeController()
@Controller('backups')
export class BackupsPage {
  constructor(
    private readonly catalog: Catalog,
    private readonly audit: AuditLog,
  ) {}

  @Post(':id/pin')
  async pin(
    @Param('id') id: string,
    @Body(new ZodPipe(PIN_FORM)) form: z.infer<typeof PIN_FORM>,
    @Res() response: Response,
  ): Promise<void> {
    const backup = found(await this.catalog.byId(id), 'backup-not-found');
    const pinned = form.pinned === 'true';
    await this.catalog.pin(id, pinned);
    await this.audit.write(nameOf(callerOf(response)), pinned ? 'backup-pinned' : 'backup-unpinned', id);
    goTo(response, `/apps/${backup.appId}`, pinned ? 'pinned' : 'unpinned');
  }
}
