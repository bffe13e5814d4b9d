import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import { callerOf, nameOf } from '../auth/caller.js';
import { SecretActions } from '../secret-actions.js';
import { SecretsReader } from '../secrets-reader.js';
import type { SecretUse, SecretView } from '../secrets-reader.js';
import { ApiAnswer, ApiQuery, ApiTags, ApiZodBody } from './documented.js';
import { GRANT, SECRET, SECRET_NAME, WITHDRAWAL } from './secret-bodies.js';
import type { GrantBody, SecretBody, WithdrawalQuery } from './secret-bodies.js';
import { ZodPipe } from './zod.pipe.js';

/** Secrets are written, replaced and removed here; no answer ever holds a value. */
@ApiTags('secrets')
@Controller('api/secrets')
export class SecretsController {
  constructor(
    private readonly reader: SecretsReader,
    private readonly actions: SecretActions,
  ) {}

  @ApiAnswer(200, 'SecretList')
  @Get()
  async list(): Promise<object> {
    return { items: (await this.reader.all()).map(secretJson), next_cursor: null };
  }

  /** Keeps a new secret, or replaces one. */
  @ApiZodBody(SECRET)
  @ApiAnswer(204)
  @HttpCode(204)
  @Put(':name')
  async put(
    @Param('name', new ZodPipe(SECRET_NAME, 'name')) name: string,
    @Body(new ZodPipe(SECRET)) body: SecretBody,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    await this.actions.put(name, body.value, nameOf(callerOf(response)));
  }

  /** Forgets a secret and everything that was allowed for it. */
  @ApiAnswer(204)
  @HttpCode(204)
  @Delete(':name')
  async remove(@Param('name') name: string, @Res({ passthrough: true }) response: Response): Promise<void> {
    await this.actions.remove(name, nameOf(callerOf(response)));
  }

  /** Allows an app to be sent a secret that is not named after it. */
  @ApiZodBody(GRANT)
  @ApiAnswer(204)
  @HttpCode(204)
  @Post(':name/grants')
  async grant(
    @Param('name', new ZodPipe(SECRET_NAME, 'name')) name: string,
    @Body(new ZodPipe(GRANT)) body: GrantBody,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    await this.actions.grant(name, body.app_id, nameOf(callerOf(response)));
  }

  /** Takes that back. */
  @ApiQuery({ name: 'owner', required: true, schema: { type: 'string' }, description: 'As used_by says' })
  @ApiAnswer(204)
  @HttpCode(204)
  @Delete(':name/grants')
  async withdraw(
    @Param('name') name: string,
    @Query(new ZodPipe(WITHDRAWAL)) query: WithdrawalQuery,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    await this.actions.withdraw(name, query.owner, nameOf(callerOf(response)));
  }
}

const secretJson = (secret: SecretView): object => ({
  name: secret.name,
  place: secret.place,
  set_by: secret.setBy,
  set_at: secret.setAt?.toISOString() ?? null,
  used_by: secret.uses.map(useJson),
});

const useJson = ({ app, owner, state, grant }: SecretUse): object => ({
  app_id: app?.id ?? null,
  app_name: app?.name ?? null,
  owner,
  state,
  granted_by: grant?.grantedBy ?? null,
  granted_at: grant?.grantedAt.toISOString() ?? null,
});
