import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import { asFailure } from '../../../core/failure.js';
import { DestinationHealth } from '../../../destinations/destination-health.js';
import { DestinationRefusal } from '../../../destinations/destination-refusal.js';
import { DestinationVisits } from '../../../destinations/destination-visits.js';
import { langOf } from '../../lang.js';
import { ApiAnswer, ApiQuery, ApiTags, ApiZodBody } from '../documented.js';
import { ZodPipe } from '../zod.pipe.js';
import { FOLDER_QUERY, NEW_FOLDER } from './bodies.js';
import { DestinationAnswers } from './destination-answers.js';
import { failureJson } from './destination.view.js';

/** Looks at a destination: is it well, does it take what it is given, which folders are there. */
@ApiTags('destinations')
@Controller('api/destinations/:name')
export class DestinationVisitsController {
  constructor(
    private readonly answers: DestinationAnswers,
    private readonly visits: DestinationVisits,
    private readonly health: DestinationHealth,
  ) {}

  /** Writes, reads back and deletes a small object; the state of the destination stays as it was noted. */
  @ApiAnswer(200, 'DestinationTest')
  @HttpCode(200)
  @Post('test')
  async test(@Param('name') name: string, @Res({ passthrough: true }) response: Response): Promise<object> {
    try {
      await this.visits.test(name);
      return { ok: true, error: null };
    } catch (error) {
      if (error instanceof DestinationRefusal) throw error;
      const { code, detail } = asFailure(error);
      return { ok: false, error: failureJson(code, detail, langOf(response)) };
    }
  }

  @ApiAnswer(200, 'Destination')
  @HttpCode(200)
  @Post('check')
  async check(@Param('name') name: string, @Res({ passthrough: true }) response: Response): Promise<object> {
    await this.visits.known(name);
    await this.health.check(name);
    return this.answers.one(name, langOf(response));
  }

  @ApiQuery({ name: 'path', required: false, schema: { type: 'string' } })
  @ApiAnswer(200, 'FolderList')
  @Get('folders')
  async folders(
    @Param('name') name: string,
    @Query(new ZodPipe(FOLDER_QUERY)) { path }: { path: string },
  ): Promise<object> {
    await this.visits.known(name);
    return { path, items: await this.visits.folders(name, path), next_cursor: null };
  }

  @ApiZodBody(NEW_FOLDER)
  @ApiAnswer(201, 'FolderList')
  @Post('folders')
  async makeFolder(
    @Param('name') name: string,
    @Body(new ZodPipe(NEW_FOLDER)) { path }: { path: string },
  ): Promise<object> {
    await this.visits.makeFolder(name, path);
    return { path, items: await this.visits.folders(name, path), next_cursor: null };
  }
}
