import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import { untilGone } from '../api/until-gone.js';
import { ZodPipe } from '../api/zod.pipe.js';
import { callerOf, nameOf } from '../auth/caller.js';
import { BackupActions } from '../backup-actions.js';
import { goTo } from './page.js';
import { ApiExcludeController } from '../api/documented.js';

const PIN_FORM = z.object({ pinned: z.enum(['true', 'false']) });

@ApiExcludeController()
@Controller('backups/:id')
export class BackupsPage {
  constructor(private readonly actions: BackupActions) {}

  @Post('pin')
  async pin(
    @Param('id') id: string,
    @Body(new ZodPipe(PIN_FORM)) form: z.infer<typeof PIN_FORM>,
    @Res() response: Response,
  ): Promise<void> {
    const pinned = form.pinned === 'true';
    const backup = await this.actions.pin(id, pinned, nameOf(callerOf(response)));
    goTo(response, `/apps/${backup.appId}`, pinned ? 'pinned' : 'unpinned');
  }

  @Post('accept')
  async accept(@Param('id') id: string, @Res() response: Response): Promise<void> {
    const backup = await this.actions.accept(id, nameOf(callerOf(response)));
    goTo(response, `/apps/${backup.appId}`, 'accepted');
  }

  @Post('verify')
  async verify(@Param('id') id: string, @Res() response: Response): Promise<void> {
    const backup = await this.actions.verify(id, nameOf(callerOf(response)), untilGone(response));
    goTo(response, `/apps/${backup.appId}`, 'checked');
  }
}
