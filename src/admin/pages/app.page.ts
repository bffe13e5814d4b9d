import { Body, Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { OverridesService } from '../../apps/overrides.service.js';
import { RunsService } from '../../backups/runs.service.js';
import { refusedSettings } from '../api/apps.controller.js';
import { SETTING_BY_JSON_NAME } from '../api/setting-names.js';
import { ZodPipe } from '../api/zod.pipe.js';
import { callerOf, nameOf } from '../auth/caller.js';
import { found } from '../http-problem.js';
import { AppDetails } from './app-details.js';
import { Page, goTo } from './page.js';
import { ApiExcludeController } from '../api/documented.js';

const OVERRIDE_FORM = z.object({
  setting: z.enum([...SETTING_BY_JSON_NAME.keys()]),
  value: z.string().max(4096).default(''),
  reset: z.string().optional(),
});

@ApiExcludeController()
@Controller('apps/:id')
export class AppPage {
  constructor(
    private readonly page: Page,
    private readonly details: AppDetails,
    private readonly runs: RunsService,
    private readonly overrides: OverridesService,
  ) {}

  @Get()
  async show(@Param('id') id: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    this.page.render(request, response, 'app', {
      atApps: true,
      ...(await this.details.read(id, this.page.readerOf(response))),
    });
  }

  @Post('backups')
  async start(@Param('id') id: string, @Res() response: Response): Promise<void> {
    const app = await this.details.appOf(id);
    const run = await this.runs.start(app.id, 'manual');
    goTo(response, `/runs/${run.id}`, 'started');
  }

  @Post('overrides')
  async override(
    @Param('id') id: string,
    @Body(new ZodPipe(OVERRIDE_FORM)) form: z.infer<typeof OVERRIDE_FORM>,
    @Res() response: Response,
  ): Promise<void> {
    const app = await this.details.appOf(id);
    const setting = found(SETTING_BY_JSON_NAME.get(form.setting) ?? null, 'not-found');
    const wanted = form.reset === undefined ? form.value : null;
    const wrong = await this.overrides.change(app.id, { [setting]: wanted }, nameOf(callerOf(response)));
    if (wrong.size > 0) throw refusedSettings(wrong);
    goTo(response, `/apps/${app.id}`, wanted === null ? 'reset' : 'saved');
  }
}
