import { Body, Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { OverridesService } from '../../apps/overrides.service.js';
import { describeProblem, problem } from '../../apps/problem.js';
import type { ProblemCode } from '../../apps/problem.js';
import { checkSetting } from '../../apps/settings.js';
import { RunsService } from '../../backups/runs.service.js';
import { refusedSettings } from '../api/apps.controller.js';
import { SETTING_BY_JSON_NAME } from '../api/setting-names.js';
import { ZodPipe } from '../api/zod.pipe.js';
import { AppSchedule } from '../app-schedule.js';
import { callerOf, nameOf } from '../auth/caller.js';
import { found } from '../http-problem.js';
import type { Lang } from '../lang.js';
import { AppDetails } from './app-details.js';
import { Page, goTo } from './page.js';
import { refusalOf } from './form.js';
import { dueRow } from './setting-rows.js';
import type { Refused } from './setting-rows.js';
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
    private readonly schedule: AppSchedule,
  ) {}

  @Get()
  async show(@Param('id') id: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    await this.render(id, null, request, response);
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
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const app = await this.details.appOf(id);
    const setting = found(SETTING_BY_JSON_NAME.get(form.setting) ?? null, 'not-found');
    const wanted = form.reset === undefined ? form.value : null;
    const wrong = await this.overrides.change(app.id, { [setting]: wanted }, nameOf(callerOf(response)));
    if (wrong.size > 0) {
      const { says } = refusalOf(refusedSettings(wrong), response);
      await this.render(id, { setting, value: form.value, says }, request, response.status(400));
      return;
    }
    goTo(response, `/apps/${app.id}`, wanted === null ? 'reset' : 'saved');
  }

  /** While a frequency is typed: what it means, or what is wrong with it. */
  @Get('frequency')
  async frequency(
    @Param('id') id: string,
    @Query('value') value: unknown,
    @Res() response: Response,
  ): Promise<void> {
    const reader = this.page.readerOf(response);
    const raw = typeof value === 'string' ? value : '';
    const app = await this.details.appOf(id);
    const checked = checkSetting('frequency', raw);
    const shown = checked.ok
      ? dueRow(await this.schedule.of(app, { frequency: raw }, reader.lang), reader)
      : { wrong: wrongly(checked.code, reader.lang) };
    this.page.fragment(response, 'due', shown);
  }

  private async render(
    id: string,
    refused: Refused | null,
    request: Request,
    response: Response,
  ): Promise<void> {
    this.page.render(request, response, 'app', {
      atApps: true,
      ...(await this.details.read(id, this.page.config.labelPrefix, refused, this.page.readerOf(response))),
    });
  }
}

function wrongly(code: ProblemCode, lang: Lang): string {
  const { says, fix } = describeProblem(problem(code), lang);
  return `${says} ${fix}`;
}
