import { Controller, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Check } from '../../core/checklist.js';
import { FAILURE_TEXTS } from '../../core/failure-texts.js';
import { isGood } from '../api/test.view.js';
import { untilGone } from '../api/until-gone.js';
import { AppTests } from '../app-tests.js';
import { callerOf, nameOf } from '../auth/caller.js';
import { AppDetails } from './app-details.js';
import type { Tone } from './app-verdict.js';
import { duration } from './format.js';
import { Page } from './page.js';
import type { Reader } from './reader.js';
import { ApiExcludeController } from '../api/documented.js';

const TONES: Record<Check['outcome'], Tone> = { ok: 'ok', warning: 'warn', failed: 'bad', skipped: 'idle' };

@ApiExcludeController()
@Controller('apps/:id')
export class AppTestPage {
  constructor(
    private readonly page: Page,
    private readonly details: AppDetails,
    private readonly tests: AppTests,
  ) {}

  /** What is going to happen, and the button. */
  @Get('test')
  async ask(@Param('id') id: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    await this.show(id, null, request, response);
  }

  /** Nothing is stored, so the answer is the page: a reload asks again whether to repeat it. */
  @HttpCode(200)
  @Post('test')
  async test(@Param('id') id: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    const app = await this.details.appOf(id);
    const checks = await this.tests.test(app, nameOf(callerOf(response)), untilGone(response));
    await this.show(id, checks, request, response);
  }

  private async show(
    id: string,
    checks: readonly Check[] | null,
    request: Request,
    response: Response,
  ): Promise<void> {
    const reader = this.page.readerOf(response);
    const app = await this.details.appOf(id);
    const name = await this.details.nameOf(app);
    const isOk = checks !== null && isGood(checks);
    this.page.render(request, response, 'app-test', {
      title: reader.say('test.title', { app: name }),
      atApps: true,
      app: { id: app.id, name },
      checks: checks?.map((check) => checkRow(check, reader)) ?? [],
      verdict: checks === null ? null : reader.say(isOk ? 'test.good' : 'test.bad'),
      tone: isOk ? 'ok' : 'bad',
    });
  }
}

function checkRow({ name, subject, outcome, tookMs, detail, failure }: Check, reader: Reader): object {
  const texts = failure === null ? null : FAILURE_TEXTS[failure.code][reader.lang];
  return {
    title: reader.say(`check.${name}`),
    subject,
    tone: TONES[outcome],
    badge: reader.say(`checkOutcome.${outcome}`),
    took: outcome === 'skipped' ? null : duration(tookMs, reader.lang),
    detail,
    trouble: texts === null ? null : { says: texts.says, fix: texts.hint },
  };
}
