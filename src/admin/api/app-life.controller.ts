import { Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import { DECISION_NAMES } from '../../apps/app-decisions.js';
import type { Decision } from '../../apps/app-decisions.js';
import { AppActions } from '../app-actions.js';
import { AppSchedule } from '../app-schedule.js';
import { AppsReader } from '../apps-reader.js';
import { callerOf, nameOf } from '../auth/caller.js';
import { langOf } from '../lang.js';
import { SCHEDULE_QUERY } from './bodies.js';
import type { ScheduleQuery } from './bodies.js';
import { ApiAnswer, ApiParam, ApiQuery, ApiTags } from './documented.js';
import { ZodPipe } from './zod.pipe.js';

@ApiTags('apps')
@Controller('api/apps/:id')
export class AppLifeController {
  constructor(
    private readonly reader: AppsReader,
    private readonly actions: AppActions,
    private readonly schedule: AppSchedule,
  ) {}

  /** When the app is due, in words and as the next five instants; also for a frequency that is only thought of. */
  @ApiQuery({ name: 'frequency', required: false, schema: { type: 'string' } })
  @ApiQuery({ name: 'timezone', required: false, schema: { type: 'string' } })
  @ApiAnswer(200, 'Schedule')
  @Get('schedule')
  async preview(
    @Param('id') id: string,
    @Query(new ZodPipe(SCHEDULE_QUERY)) query: ScheduleQuery,
    @Res({ passthrough: true }) response: Response,
  ): Promise<object> {
    const due = await this.schedule.of(await this.reader.byId(id), query, langOf(response));
    const { frequency, timezone, words, next } = due;
    return { frequency, timezone, words, next_runs: next.map((at) => at.toISOString()) };
  }

  /** `approve` lets an app run that waits for a person; `archive` puts one aside, with its backups. */
  @ApiParam({ name: 'decision', enum: DECISION_NAMES })
  @ApiAnswer(200, 'App')
  @HttpCode(200)
  @Post('decisions/:decision')
  async decide(
    @Param('id') id: string,
    @Param('decision', new ZodPipe(z.enum(DECISION_NAMES), 'decision')) decision: Decision,
    @Res({ passthrough: true }) response: Response,
  ): Promise<object> {
    await this.actions.decide(id, decision, nameOf(callerOf(response)));
    return this.reader.json(await this.reader.byId(id), langOf(response));
  }
}
