import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { LOG_LEVELS, LogBuffer } from '../../core/log-buffer.js';
import type { AgentLogLevel } from '../../core/log-buffer.js';
import type { Tone } from './app-verdict.js';
import { Page } from './page.js';
import { ApiExcludeController } from '../api/documented.js';

const SHOWN = 300;
const TONES: Record<AgentLogLevel, Tone> = {
  fatal: 'bad',
  error: 'bad',
  warn: 'warn',
  log: 'ok',
  debug: 'idle',
  verbose: 'idle',
};

@ApiExcludeController()
@Controller('log')
export class LogPage {
  constructor(
    private readonly page: Page,
    private readonly log: LogBuffer,
  ) {}

  @Get()
  show(
    @Query() query: Readonly<Record<string, unknown>>,
    @Req() request: Request,
    @Res() response: Response,
  ): void {
    const title = this.page.readerOf(response).say('log.title');
    this.page.render(request, response, 'log', { title, atLog: true, ...this.read(query, response) });
  }

  /** The same lines alone, for pages that stay open. */
  @Get('live')
  live(@Query() query: Readonly<Record<string, unknown>>, @Res() response: Response): void {
    this.page.fragment(response, 'log-lines', this.read(query, response));
  }

  private read(query: Readonly<Record<string, unknown>>, response: Response): object {
    const reader = this.page.readerOf(response);
    const level = LOG_LEVELS.find((one) => one === query['level']) ?? 'log';
    const text = typeof query['q'] === 'string' ? query['q'].slice(0, 200) : '';
    const entries = this.log.find({ level, text, limit: SHOWN });
    return {
      q: text,
      address: `?${new URLSearchParams({ level, ...(text === '' ? {} : { q: text }) }).toString()}`,
      levels: LOG_LEVELS.map((value) => ({
        value,
        title: reader.say(`logLevel.${value}`),
        chosen: value === level,
      })),
      lines: entries.map(({ at, level: its, context, message }) => ({
        at: reader.moment(at),
        time: at.toISOString(),
        tone: TONES[its],
        badge: reader.say(`logLevel.${its}`),
        context,
        message,
      })),
    };
  }
}
