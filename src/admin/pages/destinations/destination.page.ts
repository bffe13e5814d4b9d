import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { DestinationUses } from '../../../destinations/destination-uses.js';
import { Page } from '../page.js';
import { DestinationsReader } from './destinations-reader.js';
import { ApiExcludeController } from '../../api/documented.js';

/** One destination: how it is, what it is set to, and what can be done with it. */
@ApiExcludeController()
@Controller('destinations/:name')
export class DestinationPage {
  constructor(
    private readonly page: Page,
    private readonly reader: DestinationsReader,
    private readonly uses: DestinationUses,
  ) {}

  @Get()
  async show(@Param('name') name: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    const reader = this.page.readerOf(response);
    const { card, details } = await this.reader.details(name, reader);
    const backups = await this.uses.backupsAt(name);
    this.page.render(request, response, 'destination', {
      title: card.name,
      atDestinations: true,
      card,
      origin: reader.say(`destOrigin.${details.origin}`),
      backups: reader.say('dest.backups', { count: backups }),
      canEdit: details.canEdit,
      canRename: details.canEdit && !details.isDefault,
      canEncrypt: details.type !== 'crypt',
      fingerprints: details.fingerprints,
      options: [
        ...Object.entries(details.options).map(([option, value]) => ({ option, value })),
        ...details.secretsSet.map((option) => ({ option, value: null })),
      ],
    });
  }
}
