import { Body, Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { AdoptCopies } from '../../../backups/adopt-copies.js';
import type { AdoptReport } from '../../../backups/adopt-copies.js';
import { DestinationContents } from '../../../backups/destination-contents.js';
import { FolderMarks } from '../../../backups/folder-marks.js';
import { DestinationVisits } from '../../../destinations/destination-visits.js';
import { ApiExcludeController } from '../../api/documented.js';
import { untilGone } from '../../api/until-gone.js';
import { ZodPipe } from '../../api/zod.pipe.js';
import { callerOf, nameOf } from '../../auth/caller.js';
import { Page, goTo } from '../page.js';
import { contentsView } from './contents-view.js';
import { hrefOf } from './destination-card.js';

/** One object, or all of them. */
const IMPORT_FORM = z.object({ object_key: z.string().min(1).max(1000).optional() });
const MARK_FORM = z.object({
  destination: z.string().min(1).max(300),
  folder: z.string().max(1000),
  take_over: z.literal('true').optional(),
});

/** What lies at a destination: backups to import, and folders to mark again. */
@ApiExcludeController()
@Controller('destinations/:name/contents')
export class DestinationContentsPage {
  constructor(
    private readonly page: Page,
    private readonly visits: DestinationVisits,
    private readonly contents: DestinationContents,
    private readonly copies: AdoptCopies,
    private readonly marks: FolderMarks,
  ) {}

  @Get()
  async show(@Param('name') name: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    await this.visits.known(name);
    await this.render(name, null, request, response);
  }

  @Post('adopt')
  async adopt(
    @Param('name') name: string,
    @Body(new ZodPipe(IMPORT_FORM)) form: z.infer<typeof IMPORT_FORM>,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    await this.visits.known(name);
    const objectKeys = form.object_key === undefined ? null : [form.object_key];
    const order = { objectKeys, who: nameOf(callerOf(response)) };
    const report = await this.copies.adopt(name, order, untilGone(response));
    // Those that wait for their folder are not offered: "all" are the rest.
    if (objectKeys === null)
      report.refused = report.refused.filter(({ failure }) => failure.code !== 'destination-owned');
    if (report.refused.length === 0) goTo(response, addressOf(name), 'imported');
    else await this.render(name, report, request, response.status(409));
  }

  @Post('mark')
  async mark(
    @Param('name') name: string,
    @Body(new ZodPipe(MARK_FORM)) form: z.infer<typeof MARK_FORM>,
    @Res() response: Response,
  ): Promise<void> {
    await this.visits.known(name);
    const { destination, folder } = form;
    const order = {
      destination,
      folder,
      takeOver: form.take_over === 'true',
      who: nameOf(callerOf(response)),
    };
    await this.marks.mark(name, order, untilGone(response));
    goTo(response, addressOf(name), 'marked');
  }

  private async render(
    name: string,
    report: AdoptReport | null,
    request: Request,
    response: Response,
  ): Promise<void> {
    const reader = this.page.readerOf(response);
    const contents = await this.contents.look(name, untilGone(response));
    this.page.render(request, response, 'destination-contents', {
      title: `${reader.say('contents.title')} · ${name}`,
      atDestinations: true,
      name,
      href: hrefOf(name),
      ...contentsView(contents, report, reader),
    });
  }
}

const addressOf = (name: string): string => `${hrefOf(name)}/contents`;
