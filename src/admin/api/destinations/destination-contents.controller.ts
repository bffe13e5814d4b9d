import { Body, Controller, Get, HttpCode, Param, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import { AdoptCopies } from '../../../backups/adopt-copies.js';
import { DestinationContents } from '../../../backups/destination-contents.js';
import { FolderMarks } from '../../../backups/folder-marks.js';
import { DestinationVisits } from '../../../destinations/destination-visits.js';
import { callerOf, nameOf } from '../../auth/caller.js';
import { langOf } from '../../lang.js';
import { ApiAnswer, ApiTags, ApiZodBody } from '../documented.js';
import { untilGone } from '../until-gone.js';
import { ZodPipe } from '../zod.pipe.js';
import { ADOPTED_OBJECTS, MARKED_FOLDER } from './bodies.js';
import type { AdoptedObjectsBody, MarkedFolderBody } from './bodies.js';
import { ContentsAnswers, folderJson } from './contents-answers.js';

/** What lies at a destination besides what the catalog knows; nothing here deletes an object. */
@ApiTags('destinations')
@Controller('api/destinations/:name/contents')
export class DestinationContentsController {
  constructor(
    private readonly answers: ContentsAnswers,
    private readonly visits: DestinationVisits,
    private readonly contents: DestinationContents,
    private readonly copies: AdoptCopies,
    private readonly marks: FolderMarks,
  ) {}

  /** Folders of apps, copies and agents, and the objects in them that have no row; 500 of them at most. */
  @ApiAnswer(200, 'DestinationContents')
  @Get()
  async look(@Param('name') name: string, @Res({ passthrough: true }) response: Response): Promise<object> {
    await this.visits.known(name);
    return this.answers.contents(await this.contents.look(name, untilGone(response)), langOf(response));
  }

  /** Reads objects and takes them in as backups where they are what their manifests say; ends when the caller goes away. */
  @ApiZodBody(ADOPTED_OBJECTS)
  @ApiAnswer(200, 'AdoptedBackups')
  @HttpCode(200)
  @Post('adopt')
  async adopt(
    @Param('name') name: string,
    @Body(new ZodPipe(ADOPTED_OBJECTS)) body: AdoptedObjectsBody,
    @Res({ passthrough: true }) response: Response,
  ): Promise<object> {
    await this.visits.known(name);
    const order = {
      objectKeys: 'object_keys' in body ? body.object_keys : null,
      who: nameOf(callerOf(response)),
    };
    const report = await this.copies.adopt(name, order, untilGone(response));
    return this.answers.report(report, langOf(response));
  }

  /** Leaves the agent's marker in a folder that has lost it, or, with `take_over`, that belonged to another agent. */
  @ApiZodBody(MARKED_FOLDER)
  @ApiAnswer(200, 'ContentFolder')
  @HttpCode(200)
  @Post('mark')
  async mark(
    @Param('name') name: string,
    @Body(new ZodPipe(MARKED_FOLDER)) body: MarkedFolderBody,
    @Res({ passthrough: true }) response: Response,
  ): Promise<object> {
    await this.visits.known(name);
    const order = {
      destination: body.destination ?? name,
      folder: body.folder,
      takeOver: body.take_over,
      who: nameOf(callerOf(response)),
    };
    return folderJson(await this.marks.mark(name, order, untilGone(response)));
  }
}
