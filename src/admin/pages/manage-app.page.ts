import { Body, Controller, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { DECISION_NAMES } from '../../apps/app-decisions.js';
import { describeWarning } from '../../core/warning-texts.js';
import { CHANGED_APP, NEW_APP } from '../api/bodies.js';
import { ManualAppsService } from '../api/manual-apps.service.js';
import { ZodPipe } from '../api/zod.pipe.js';
import { AppActions } from '../app-actions.js';
import { AppsReader } from '../apps-reader.js';
import { BackupActions } from '../backup-actions.js';
import { callerOf, nameOf } from '../auth/caller.js';
import { HttpProblem } from '../http-problem.js';
import { refusalOf } from './form.js';
import { Page, goTo } from './page.js';
import { ApiExcludeController } from '../api/documented.js';

const DECISION_FORM = z.object({ decision: z.enum(DECISION_NAMES) });
/** An empty field of a form is one that was left out. */
const filled = (body: Record<string, unknown>, names: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(body).filter(
      ([name, value]) => names.includes(name) && typeof value === 'string' && value.trim() !== '',
    ),
  );
const FIELDS = ['name', 'url', 'token', 'schedule'] as const;

/** Adding, changing, pausing and removing apps. */
@ApiExcludeController()
@Controller('apps')
export class ManageAppPage {
  constructor(
    private readonly page: Page,
    private readonly reader: AppsReader,
    private readonly manual: ManualAppsService,
    private readonly actions: AppActions,
    private readonly backups: BackupActions,
  ) {}

  @Get('new')
  form(@Req() request: Request, @Res() response: Response): void {
    this.renderForm(request, response, {});
  }

  @Post()
  async add(
    @Body() body: Record<string, unknown>,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    try {
      const wanted = new ZodPipe(NEW_APP).transform(filled(body, FIELDS));
      const app = await this.manual.add(wanted, nameOf(callerOf(response)));
      goTo(response, `/apps/${app.id}`, 'appAdded');
    } catch (error) {
      if (!(error instanceof HttpProblem)) throw error;
      // The token is not sent back: a secret is never on a page.
      const typed = { name: body['name'], url: body['url'], schedule: body['schedule'] };
      this.renderForm(request, response.status(error.status), { typed, refused: refusalOf(error, response) });
    }
  }

  /** An empty token stays as it is; `no_token` forgets it. */
  @Post(':id/change')
  async change(
    @Param('id') id: string,
    @Body() body: Record<string, unknown>,
    @Res() response: Response,
  ): Promise<void> {
    const app = await this.reader.byId(id);
    const given = filled(body, ['name', 'url', 'token']);
    const wanted = new ZodPipe(CHANGED_APP).transform(
      body['no_token'] === undefined ? given : { ...given, token: null },
    );
    await this.manual.change(app, wanted, nameOf(callerOf(response)));
    goTo(response, `/apps/${id}`, 'changed');
  }

  @Post(':id/decision')
  async decide(
    @Param('id') id: string,
    @Body(new ZodPipe(DECISION_FORM)) { decision }: z.infer<typeof DECISION_FORM>,
    @Res() response: Response,
  ): Promise<void> {
    await this.actions.decide(id, decision, nameOf(callerOf(response)));
    goTo(response, `/apps/${id}`, decision);
  }

  /** Lets retention delete now, instead of after the next good run. What it could not delete is the answer. */
  @HttpCode(200)
  @Post(':id/prune')
  async prune(@Param('id') id: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    const app = await this.reader.byId(id);
    const { lines, warnings } = await this.backups.prune(app, nameOf(callerOf(response)));
    if (warnings.length === 0) {
      goTo(response, `/apps/${id}`, 'pruned');
      return;
    }
    const reader = this.page.readerOf(response);
    const name = await this.reader.nameOf(id);
    this.page.render(request, response, 'app-pruned', {
      title: reader.say('pruned.title', { app: name }),
      atApps: true,
      app: { id, name },
      lines,
      warnings: warnings.map((warning) => describeWarning(warning, reader.lang)),
    });
  }

  /** Only with its name typed: what is removed here does not come back. @throws HttpProblem name-not-typed */
  @Post(':id/remove')
  async remove(
    @Param('id') id: string,
    @Body() body: Record<string, unknown>,
    @Res() response: Response,
  ): Promise<void> {
    const name = await this.reader.nameOf(id);
    const typed = typeof body['name'] === 'string' ? body['name'].trim() : '';
    if (typed !== name) throw new HttpProblem('name-not-typed', { name });
    await this.actions.remove(id, nameOf(callerOf(response)));
    goTo(response, '/', 'removed');
  }

  private renderForm(request: Request, response: Response, more: object): void {
    const title = this.page.readerOf(response).say('newApp.title');
    this.page.render(request, response, 'new-app', { title, atApps: true, ...more });
  }
}
