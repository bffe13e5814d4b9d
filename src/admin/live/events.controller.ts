import { Controller, Query, Sse } from '@nestjs/common';
import type { MessageEvent } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { interval, map, merge } from 'rxjs';
import { RunFeed } from './run-feed.js';
import { ApiQuery, ApiTags } from '../api/documented.js';

/** Proxies close a stream that says nothing. */
const HEARTBEAT_MS = 20_000;

@ApiTags('events')
@Controller('api/events')
export class EventsController {
  constructor(private readonly feed: RunFeed) {}

  /** Server-sent events: `run` with how far a run has come, `ping` to keep the stream open. */
  @ApiQuery({
    name: 'run',
    required: false,
    schema: { type: 'string' },
    description: 'Only news of this run',
  })
  @Sse()
  events(@Query('run') runId?: string): Observable<MessageEvent> {
    const news = runId === undefined || runId === '' ? this.feed.news : this.feed.ofRun(runId);
    return merge(
      news.pipe(map((data): MessageEvent => ({ type: 'run', data }))),
      interval(HEARTBEAT_MS).pipe(map((): MessageEvent => ({ type: 'ping', data: '' }))),
    );
  }
}
