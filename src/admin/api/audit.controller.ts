import { Controller, Get, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import { AuditLog } from '../audit-log.js';
import { AppsReader } from '../apps-reader.js';
import { auditSentence } from '../audit-sentence.js';
import { langOf } from '../lang.js';
import { PAGE_QUERY } from './bodies.js';
import type { PageQuery } from './bodies.js';
import { ApiAnswer, ApiQuery, ApiTags } from './documented.js';
import { ZodPipe } from './zod.pipe.js';

@ApiTags('audit')
@Controller('api/audit')
export class AuditController {
  constructor(
    private readonly audit: AuditLog,
    private readonly apps: AppsReader,
  ) {}

  /** Who changed what, newest first. */
  @ApiQuery({
    name: 'limit',
    required: false,
    schema: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
  })
  @ApiQuery({ name: 'cursor', required: false, schema: { type: 'string' } })
  @ApiAnswer(200, 'AuditList')
  @Get()
  async list(
    @Query(new ZodPipe(PAGE_QUERY, 'query')) query: PageQuery,
    @Res({ passthrough: true }) response: Response,
  ): Promise<object> {
    const entries = await this.audit.list(query.limit + 1, query.cursor ?? null);
    const page = entries.slice(0, query.limit);
    const lang = langOf(response);
    const names = await this.apps.names();
    const items = page.map((entry) => ({
      id: entry.id,
      at: entry.at.toISOString(),
      who: entry.who,
      action: entry.action,
      subject: entry.subject,
      before: entry.before,
      after: entry.after,
      message: auditSentence(entry, names, lang),
    }));
    return { items, next_cursor: entries.length > page.length ? (page.at(-1)?.id ?? null) : null };
  }
}
