import { Controller, Query, Sse } from '@nestjs/common';
import type { MessageEvent } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { EMPTY, interval, map, merge } from 'rxjs';
import { z } from 'zod';
import { LOG_LEVELS } from '../../core/log-buffer.js';
import { logEntryJson } from '../api/log.controller.js';
import { ZodPipe } from '../api/zod.pipe.js';
import { LogFeed } from './log-feed.js';
import { RunFeed } from './run-feed.js';
import { ApiQuery, ApiTags } from '../api/documented.js';

/** Proxies close a stream that says nothing. */
const HEARTBEAT_MS = 20_000;

const EVENTS_QUERY = z.object({ run: z.string().default(''), log: z.enum(LOG_LEVELS).optional() });

@ApiTags('events')
@Controller('api/events')
export class EventsController {
  constructor(
    private readonly feed: RunFeed,
    private readonly logs: LogFeed,
  ) {}

  /**
   * Server-sent events: `run` with how far a run has come, `ping` to keep the stream open, and with `log` also `log`
   * for each line of the agent's log, in the form of GET /api/log.
   */
  @ApiQuery({
    name: 'run',
    required: false,
    schema: { type: 'string' },
    description: 'Only news of this run',
  })
  @ApiQuery({
    name: 'log',
    required: false,
    schema: { type: 'string', enum: [...LOG_LEVELS] },
    description: 'Also lines of the log, this level and the more urgent ones',
  })
  @Sse()
  events(@Query(new ZodPipe(EVENTS_QUERY)) query: z.infer<typeof EVENTS_QUERY>): Observable<MessageEvent> {
    const news = query.run === '' ? this.feed.news : this.feed.ofRun(query.run);
    const lines = query.log === undefined ? EMPTY : this.logs.from(query.log);
    return merge(
      news.pipe(map((data): MessageEvent => ({ type: 'run', data }))),
      lines.pipe(map((entry): MessageEvent => ({ type: 'log', data: logEntryJson(entry) }))),
      interval(HEARTBEAT_MS).pipe(map((): MessageEvent => ({ type: 'ping', data: '' }))),
    );
  }
}
