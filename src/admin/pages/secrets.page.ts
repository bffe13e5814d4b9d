import { Body, Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { GRANT, SECRET, SECRET_NAME, WITHDRAWAL } from '../api/secret-bodies.js';
import type { GrantBody, WithdrawalQuery } from '../api/secret-bodies.js';
import { ZodPipe } from '../api/zod.pipe.js';
import { callerOf, nameOf } from '../auth/caller.js';
import { HttpProblem } from '../http-problem.js';
import { SecretActions } from '../secret-actions.js';
import { SecretsReader } from '../secrets-reader.js';
import type { SecretUse, SecretView } from '../secrets-reader.js';
import type { Tone } from './app-verdict.js';
import { formOf, refusalOf } from './form.js';
import { Page, goTo } from './page.js';
import type { Reader } from './reader.js';
import { ApiExcludeController } from '../api/documented.js';

const NEW_SECRET = z.object({ name: SECRET_NAME, value: SECRET.shape.value });
const GRANT_FORM = formOf(GRANT);
const WITHDRAWAL_FORM = formOf(WITHDRAWAL);
const PLACE_TONES: Record<SecretView['place'], Tone> = {
  kept: 'ok',
  environment: 'ok',
  file: 'ok',
  missing: 'bad',
};
const USE_TONES: Record<SecretUse['state'], Tone> = { own: 'ok', granted: 'ok', waiting: 'warn' };

@ApiExcludeController()
@Controller('secrets')
export class SecretsPage {
  constructor(
    private readonly page: Page,
    private readonly reader: SecretsReader,
    private readonly actions: SecretActions,
  ) {}

  @Get()
  async show(@Req() request: Request, @Res() response: Response): Promise<void> {
    await this.render(request, response, {});
  }

  @Post()
  async put(
    @Body() body: Record<string, unknown>,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    try {
      const { name, value } = new ZodPipe(formOf(NEW_SECRET)).transform(body);
      await this.actions.put(name, value, nameOf(callerOf(response)));
      goTo(response, '/secrets', 'secretKept');
    } catch (error) {
      if (!(error instanceof HttpProblem)) throw error;
      // The value is not sent back: a secret is never on a page.
      const typed = typeof body['name'] === 'string' ? body['name'] : '';
      await this.render(request, response.status(error.status), {
        typed,
        refused: refusalOf(error, response),
      });
    }
  }

  @Post(':name/remove')
  async remove(@Param('name') name: string, @Res() response: Response): Promise<void> {
    await this.actions.remove(name, nameOf(callerOf(response)));
    goTo(response, '/secrets', 'secretRemoved');
  }

  @Post(':name/grant')
  async grant(
    @Param('name') name: string,
    @Body(new ZodPipe(GRANT_FORM)) form: GrantBody,
    @Res() response: Response,
  ): Promise<void> {
    await this.actions.grant(name, form.app_id, nameOf(callerOf(response)));
    goTo(response, '/secrets', 'granted');
  }

  @Post(':name/withdraw')
  async withdraw(
    @Param('name') name: string,
    @Body(new ZodPipe(WITHDRAWAL_FORM)) form: WithdrawalQuery,
    @Res() response: Response,
  ): Promise<void> {
    await this.actions.withdraw(name, form.owner, nameOf(callerOf(response)));
    goTo(response, '/secrets', 'withdrawn');
  }

  private async render(request: Request, response: Response, more: object): Promise<void> {
    const reader = this.page.readerOf(response);
    const secrets = await this.reader.all();
    this.page.render(request, response, 'secrets', {
      title: reader.say('nav.secrets'),
      atSecrets: true,
      secrets: secrets.map((secret) => secretRow(secret, reader)),
      labelPrefix: this.page.config.labelPrefix,
      ...more,
    });
  }
}

const secretRow = (secret: SecretView, reader: Reader): object => ({
  name: secret.name,
  tone: PLACE_TONES[secret.place],
  badge: reader.say(`secret.place.${secret.place}`),
  isKept: secret.place === 'kept',
  setBy: secret.setBy,
  setAt: reader.moment(secret.setAt),
  uses: secret.uses.map((use) => useRow(use, reader)),
});

const useRow = ({ app, owner, state, grant }: SecretUse, reader: Reader): object => ({
  appId: app?.id ?? null,
  appName: app?.name ?? reader.say('secret.noApp'),
  owner,
  tone: USE_TONES[state],
  badge: reader.say(`secret.use.${state}`),
  isWaiting: state === 'waiting',
  isGranted: state === 'granted',
  granted:
    grant === null
      ? null
      : reader.say('secret.grantedBy', {
          who: grant.grantedBy,
          when: reader.moment(grant.grantedAt)?.absolute ?? '',
        }),
});
