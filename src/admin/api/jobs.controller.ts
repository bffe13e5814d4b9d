import { Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import { RunLedger } from '../../backups/run-ledger.js';
import type { RunQuery } from '../../backups/run-ledger.js';
import { RunsService } from '../../backups/runs.service.js';
import { AuditLog } from '../audit-log.js';
import { callerOf, nameOf } from '../auth/caller.js';
import { HttpProblem, found } from '../http-problem.js';
import { JobPartsReader } from '../job-parts.js';
import { langOf } from '../lang.js';
import { JOBS_QUERY } from './bodies.js';
import type { JobsQuery } from './bodies.js';
import { ApiAnswer, ApiQuery, ApiTags } from './documented.js';
import { jobJson } from './job.view.js';
import { ZodPipe } from './zod.pipe.js';

@ApiTags('jobs')
@Controller('api/jobs')
export class JobsController {
  constructor(
    private readonly ledger: RunLedger,
    private readonly runs: RunsService,
    private readonly parts: JobPartsReader,
    private readonly audit: AuditLog,
  ) {}

  /** Newest first. */
  @ApiQuery({ name: 'app_id', required: false, schema: { type: 'string' } })
  @ApiQuery({
    name: 'state',
    required: false,
    schema: { type: 'string', enum: ['queued', 'running', 'finished'] },
  })
  @ApiQuery({
    name: 'limit',
    required: false,
    schema: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
  })
  @ApiQuery({ name: 'cursor', required: false, schema: { type: 'string' } })
  @ApiAnswer(200, 'JobList')
  @Get()
  async list(
    @Query(new ZodPipe(JOBS_QUERY)) query: JobsQuery,
    @Res({ passthrough: true }) response: Response,
  ): Promise<object> {
    // One more than asked for tells whether there is a next page.
    const wanted: RunQuery = { limit: query.limit + 1 };
    if (query.app_id !== undefined) wanted.appId = query.app_id;
    if (query.state !== undefined) wanted.state = query.state;
    if (query.cursor !== undefined) wanted.before = readCursor(query.cursor);
    const runs = await this.ledger.list(wanted);
    const page = runs.slice(0, query.limit);
    const items = await Promise.all(
      page.map(async (run) => jobJson(await this.parts.of(run), langOf(response))),
    );
    const last = page.at(-1);
    return {
      items,
      next_cursor: runs.length > page.length && last !== undefined ? writeCursor(last.queuedAt) : null,
    };
  }

  @ApiAnswer(200, 'Job')
  @Get(':id')
  async one(@Param('id') id: string, @Res({ passthrough: true }) response: Response): Promise<object> {
    const run = found(await this.ledger.byId(id), 'job-not-found');
    return jobJson(await this.parts.of(run), langOf(response));
  }

  /** Asks the run to stop; it is over when its state is `finished`. */
  @ApiAnswer(202, 'Job')
  @HttpCode(202)
  @Post(':id/cancel')
  async cancel(@Param('id') id: string, @Res({ passthrough: true }) response: Response): Promise<object> {
    const run = found(await this.runs.cancel(id), 'job-not-found');
    await this.audit.write(nameOf(callerOf(response)), 'run-cancelled', run.id);
    return jobJson(await this.parts.of(run), langOf(response));
  }
}

const writeCursor = (at: Date): string => Buffer.from(at.toISOString()).toString('base64url');

function readCursor(cursor: string): Date {
  const at = new Date(Buffer.from(cursor, 'base64url').toString());
  if (!Number.isNaN(at.getTime())) return at;
  const en = 'This is not a cursor of ours. Use next_cursor of the last answer as it is.';
  throw new HttpProblem('body-invalid', {}, [
    {
      field: 'cursor',
      en,
      es: 'No es un cursor nuestro. Use tal cual el next_cursor de la última respuesta.',
    },
  ]);
}
