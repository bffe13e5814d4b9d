import { Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { RunLedger } from '../../backups/run-ledger.js';
import type { RunQuery } from '../../backups/run-ledger.js';
import { RunsService } from '../../backups/runs.service.js';
import { AuditLog } from '../audit-log.js';
import { callerOf, nameOf } from '../auth/caller.js';
import { HttpProblem, found } from '../http-problem.js';
import { JobPartsReader } from '../job-parts.js';
import { langOf } from '../lang.js';
import { readCursor, writeCursor } from '../run-cursor.js';
import { attachment } from './attachment.js';
import { JOBS_QUERY, OUTCOMES, TRIGGERS } from './bodies.js';
import type { JobsQuery } from './bodies.js';
import { ApiAnswer, ApiQuery, ApiTags } from './documented.js';
import { logJson, logText } from './job-log.js';
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
  @ApiQuery({ name: 'outcome', required: false, schema: { type: 'string', enum: [...OUTCOMES] } })
  @ApiQuery({ name: 'trigger', required: false, schema: { type: 'string', enum: [...TRIGGERS] } })
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
    if (query.outcome !== undefined) wanted.outcome = query.outcome;
    if (query.trigger !== undefined) wanted.trigger = query.trigger;
    if (query.cursor !== undefined) wanted.before = placeAt(query.cursor);
    const runs = await this.ledger.list(wanted);
    const page = runs.slice(0, query.limit);
    const items = await Promise.all(
      page.map(async (run) => jobJson(await this.parts.of(run), langOf(response))),
    );
    const last = page.at(-1);
    return {
      items,
      next_cursor: runs.length > page.length && last !== undefined ? writeCursor(last) : null,
    };
  }

  @ApiAnswer(200, 'Job')
  @Get(':id')
  async one(@Param('id') id: string, @Res({ passthrough: true }) response: Response): Promise<object> {
    const run = found(await this.ledger.byId(id), 'job-not-found');
    return jobJson(await this.parts.of(run), langOf(response));
  }

  /** What the run had to say, oldest first; `format=text` (or Accept: text/plain) is a file to keep. */
  @ApiQuery({ name: 'format', required: false, schema: { type: 'string', enum: ['json', 'text'] } })
  @ApiAnswer(200, 'JobLog')
  @Get(':id/log')
  async log(
    @Param('id') id: string,
    @Query('format') format: string | undefined,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const run = found(await this.ledger.byId(id), 'job-not-found');
    const lines = await this.ledger.log.of(run.id);
    const asText = format === 'text' || (format === undefined && request.accepts('json', 'text') === 'text');
    if (asText)
      response
        .type('text/plain')
        .set('Content-Disposition', attachment(`run-${run.id}.log`))
        .send(logText(lines));
    else response.json({ items: lines.map(logJson), next_cursor: null });
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

function placeAt(cursor: string): NonNullable<RunQuery['before']> {
  const place = readCursor(cursor);
  if (place !== null) return place;
  const en = 'This is not a cursor of ours. Use next_cursor of the last answer as it is.';
  throw new HttpProblem('body-invalid', {}, [
    {
      field: 'cursor',
      en,
      es: 'No es un cursor nuestro. Use tal cual el next_cursor de la última respuesta.',
    },
  ]);
}
