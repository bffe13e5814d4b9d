import { Controller, Get, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { appCard, hero, sortCards } from './app-card.js';
import { needsAttention } from './app-verdict.js';
import { Overviews } from './overviews.js';
import { Page } from './page.js';
import { ApiExcludeController } from '../api/documented.js';

/** Often enough to look alive while something runs, seldom otherwise. */
const POLL_RUNNING_S = 2;
const POLL_IDLE_S = 20;

@ApiExcludeController()
@Controller()
export class AppsPage {
  constructor(
    private readonly page: Page,
    private readonly overviews: Overviews,
  ) {}

  @Get()
  async list(@Req() request: Request, @Res() response: Response): Promise<void> {
    const shown = await this.read(response);
    this.page.render(request, response, 'apps', {
      title: this.page.readerOf(response).say('nav.apps'),
      atApps: true,
      ...shown,
    });
  }

  /** The same list alone, for pages that stay open. */
  @Get('apps/live')
  async live(@Res() response: Response): Promise<void> {
    this.page.fragment(response, 'app-list', await this.read(response));
  }

  private async read(response: Response): Promise<object> {
    const reader = this.page.readerOf(response);
    const overviews = await this.overviews.all();
    const cards = sortCards(
      overviews.map((overview) => appCard(overview, reader)),
      reader.lang,
    );
    const { labelPrefix, backupsNetwork } = this.page.config;
    return {
      hero: hero(cards, overviews, reader),
      cards,
      counts: {
        all: cards.length,
        good: cards.filter((card) => card.verdict === 'ok').length,
        attention: cards.filter((card) => needsAttention(card.verdict)).length,
        running: cards.filter((card) => card.verdict === 'running').length,
      },
      pollS: cards.some((card) => card.verdict === 'running') ? POLL_RUNNING_S : POLL_IDLE_S,
      labelPrefix,
      backupsNetwork,
    };
  }
}
