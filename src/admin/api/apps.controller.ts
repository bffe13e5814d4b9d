import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put, Res } from '@nestjs/common';
import type { Response } from 'express';
import { OverridesService } from '../../apps/overrides.service.js';
import type { OverrideChanges } from '../../apps/overrides.service.js';
import { describeProblem } from '../../apps/problem.js';
import { AppActions } from '../app-actions.js';
import { AppsReader } from '../apps-reader.js';
import { callerOf, nameOf } from '../auth/caller.js';
import { HttpProblem } from '../http-problem.js';
import { langOf } from '../lang.js';
import { CHANGED_APP, NEW_APP, OVERRIDES } from './bodies.js';
import type { ChangedAppBody, NewAppBody, OverridesBody } from './bodies.js';
import { ApiAnswer, ApiTags, ApiZodBody } from './documented.js';
import { ManualAppsService } from './manual-apps.service.js';
import { SETTING_BY_JSON_NAME, jsonNameOf } from './setting-names.js';
import { ZodPipe } from './zod.pipe.js';

@ApiTags('apps')
@Controller('api/apps')
export class AppsController {
  constructor(
    private readonly reader: AppsReader,
    private readonly manual: ManualAppsService,
    private readonly overrides: OverridesService,
    private readonly actions: AppActions,
  ) {}

  @ApiZodBody(NEW_APP)
  @ApiAnswer(201, 'RegisteredApp')
  @Post()
  async add(
    @Body(new ZodPipe(NEW_APP)) body: NewAppBody,
    @Res({ passthrough: true }) response: Response,
  ): Promise<object> {
    const app = await this.manual.add(body, nameOf(callerOf(response)));
    return { id: app.id, status: 'registered' };
  }

  @ApiAnswer(200, 'AppList')
  @Get()
  async list(@Res({ passthrough: true }) response: Response): Promise<object> {
    return { items: await this.reader.all(langOf(response)), next_cursor: null };
  }

  @ApiAnswer(200, 'App')
  @Get(':id')
  async one(@Param('id') id: string, @Res({ passthrough: true }) response: Response): Promise<object> {
    return this.reader.json(await this.reader.byId(id), langOf(response));
  }

  @ApiZodBody(CHANGED_APP)
  @ApiAnswer(200, 'App')
  @Patch(':id')
  async change(
    @Param('id') id: string,
    @Body(new ZodPipe(CHANGED_APP)) body: ChangedAppBody,
    @Res({ passthrough: true }) response: Response,
  ): Promise<object> {
    await this.manual.change(await this.reader.byId(id), body, nameOf(callerOf(response)));
    return this.one(id, response);
  }

  @ApiAnswer(204)
  @HttpCode(204)
  @Delete(':id')
  async remove(@Param('id') id: string, @Res({ passthrough: true }) response: Response): Promise<void> {
    await this.actions.remove(id, nameOf(callerOf(response)));
  }

  @ApiZodBody(OVERRIDES)
  @ApiAnswer(200, 'App')
  @Put(':id/overrides')
  async override(
    @Param('id') id: string,
    @Body(new ZodPipe(OVERRIDES)) body: OverridesBody,
    @Res({ passthrough: true }) response: Response,
  ): Promise<object> {
    const app = await this.reader.byId(id);
    const changes = toChanges(body);
    const wrong = await this.overrides.change(app.id, changes, nameOf(callerOf(response)));
    if (wrong.size > 0) throw refusedSettings(wrong);
    return this.one(id, response);
  }
}

function toChanges(body: OverridesBody): OverrideChanges {
  const changes: OverrideChanges = {};
  for (const [jsonName, value] of Object.entries(body)) {
    const name = SETTING_BY_JSON_NAME.get(jsonName);
    if (name !== undefined && value !== undefined) changes[name] = value;
  }
  return changes;
}

export function refusedSettings(wrong: Awaited<ReturnType<OverridesService['change']>>): HttpProblem {
  const fields = [...wrong].map(([name, found]) => {
    const [en, es] = (['en', 'es'] as const).map((lang) => describeProblem(found, lang));
    return { field: jsonNameOf(name), en: `${en?.says} ${en?.fix}`, es: `${es?.says} ${es?.fix}` };
  });
  return new HttpProblem('body-invalid', {}, fields);
}
