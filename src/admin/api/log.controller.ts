import { Controller, Get, Query } from '@nestjs/common';
import { z } from 'zod';
import { LOG_LEVELS, LogBuffer } from '../../core/log-buffer.js';
import type { LogEntry } from '../../core/log-buffer.js';
import { ApiAnswer, ApiQuery, ApiTags } from './documented.js';
import { ZodPipe } from './zod.pipe.js';

export const LOG_QUERY = z.object({
  level: z.enum(LOG_LEVELS).default('log'),
  q: z.string().max(200).default(''),
  limit: z.coerce.number().int().min(1).max(2000).default(200),
});

export const logEntryJson = ({ id, at, level, context, message }: LogEntry): object => ({
  id,
  at: at.toISOString(),
  level,
  context,
  message,
});

@ApiTags('log')
@Controller('api/log')
export class LogController {
  constructor(private readonly log: LogBuffer) {}

  /** The newest lines of the agent's own log, newest first; `level` is the least urgent one that is wanted. `GET /api/events?log=` goes on from there. */
  @ApiQuery({
    name: 'level',
    required: false,
    schema: { type: 'string', enum: [...LOG_LEVELS], default: 'log' },
  })
  @ApiQuery({ name: 'q', required: false, schema: { type: 'string', maxLength: 200 } })
  @ApiQuery({
    name: 'limit',
    required: false,
    schema: { type: 'integer', minimum: 1, maximum: 2000, default: 200 },
  })
  @ApiAnswer(200, 'Log')
  @Get()
  list(@Query(new ZodPipe(LOG_QUERY)) { level, q, limit }: z.infer<typeof LOG_QUERY>): object {
    return { items: this.log.find({ level, text: q, limit }).map(logEntryJson), next_cursor: null };
  }
}
