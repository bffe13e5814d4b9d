import { Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { RunsService } from '../../backups/runs.service.js';
import { found } from '../http-problem.js';
import { AuditLog } from '../audit-log.js';
import { callerOf, nameOf } from '../auth/caller.js';
import { ApiExcludeController } from '../api/documented.js';
import { Page, goTo } from './page.js';
import { RunDetails } from './run-details.js';
import { filterFrom } from './run-filter.js';

@ApiExcludeController()
@Controller('runs')
export class RunsPage {
  constructor(
    private readonly page: Page,
    private readonly details: RunDetails,
    private readonly runs: RunsService,
    private readonly audit: AuditLog,
  ) {}

  @Get()
  async list(
    @Query() query: Readonly<Record<string, unknown>>,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const reader = this.page.readerOf(response);
    this.page.render(request, response, 'runs', {
      title: reader.say('nav.runs'),
      atRuns: true,
      withApps: true,
      ...(await this.details.list(filterFrom(query), reader)),
    });
  }

  /** The same list alone, for pages that stay open. */
  @Get('live')
  async liveList(
    @Query() query: Readonly<Record<string, unknown>>,
    @Res() response: Response,
  ): Promise<void> {
    const shown = await this.details.list(filterFrom(query), this.page.readerOf(response));
    this.page.fragment(response, 'runs-list', { withApps: true, ...shown });
  }

  @Get(':id')
  async show(@Param('id') id: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    const shown = await this.details.read(id, this.page.readerOf(response));
    this.page.render(request, response, 'run', { atRuns: true, ...shown });
  }

  /** The same run alone, for pages that stay open. */
  @Get(':id/live')
  async live(@Param('id') id: string, @Res() response: Response): Promise<void> {
    this.page.fragment(response, 'run-body', await this.details.read(id, this.page.readerOf(response)));
  }

  @Post(':id/cancel')
  async cancel(@Param('id') id: string, @Res() response: Response): Promise<void> {
    const run = found(await this.runs.cancel(id), 'job-not-found');
    await this.audit.write(nameOf(callerOf(response)), 'run-cancelled', run.id);
    goTo(response, `/runs/${run.id}`, 'cancelled');
  }
}
