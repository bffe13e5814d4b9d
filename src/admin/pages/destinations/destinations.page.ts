import { Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { DestinationHealth } from '../../../destinations/destination-health.js';
import { DestinationsAdmin } from '../../../destinations/destinations-admin.js';
import { AuditLog } from '../../audit-log.js';
import { callerOf, nameOf } from '../../auth/caller.js';
import { Page, goTo } from '../page.js';
import { hrefOf } from './destination-card.js';
import { DestinationsReader } from './destinations-reader.js';
import { ApiExcludeController } from '../../api/documented.js';

/** All destinations with their state; what needs one button only. */
@ApiExcludeController()
@Controller('destinations')
export class DestinationsPage {
  constructor(
    private readonly page: Page,
    private readonly reader: DestinationsReader,
    private readonly health: DestinationHealth,
    private readonly admin: DestinationsAdmin,
    private readonly audit: AuditLog,
  ) {}

  @Get()
  async list(@Req() request: Request, @Res() response: Response): Promise<void> {
    const reader = this.page.readerOf(response);
    const cards = await this.reader.cards(reader);
    const bad = cards.filter(({ tone }) => tone === 'bad' || tone === 'warn').length;
    this.page.render(request, response, 'destinations', {
      title: reader.say('nav.destinations'),
      atDestinations: true,
      cards,
      // RCLONE_REMOTE may name one that is not set up yet, and then runs fail.
      missing: cards.some((card) => card.isDefault) ? null : this.page.config.rcloneRemote,
      lead: bad === 0 ? null : reader.say('dest.attention', { count: bad }),
    });
  }

  @Post(':name/check')
  async check(@Param('name') name: string, @Res() response: Response): Promise<void> {
    const row = await this.health.check(name);
    goTo(response, hrefOf(row.name), 'looked');
  }

  @Post(':name/adopt')
  async adopt(@Param('name') name: string, @Res() response: Response): Promise<void> {
    await this.admin.adopt(name);
    await this.audit.write(nameOf(callerOf(response)), 'destination-adopted', name);
    await this.health.check(name);
    goTo(response, hrefOf(name), 'adopted');
  }
}
