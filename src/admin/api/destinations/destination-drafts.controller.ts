import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import { ConfigQuestions } from '../../../destinations/config-questions.js';
import { DestinationDrafts } from '../../../destinations/destination-drafts.js';
import { DestinationsAdmin } from '../../../destinations/destinations-admin.js';
import { AuditLog } from '../../audit-log.js';
import { callerOf, nameOf } from '../../auth/caller.js';
import { langOf } from '../../lang.js';
import { ApiAnswer, ApiQuery, ApiTags, ApiZodBody } from '../documented.js';
import { ZodPipe } from '../zod.pipe.js';
import { DRAFT_ANSWER, FOLDER_QUERY, NEW_DRAFT, SAVED_DRAFT, TRIED_DRAFT } from './bodies.js';
import type { NewDraftBody } from './bodies.js';
import { DestinationAnswers } from './destination-answers.js';
import { draftJson } from './destination.view.js';
import { orderOf } from './destination-orders.js';

/** Destinations that are being filled in, by a form or by rclone's own questions; they last an hour. */
@ApiTags('destinations')
@Controller('api/destination-drafts')
export class DestinationDraftsController {
  constructor(
    private readonly drafts: DestinationDrafts,
    private readonly questions: ConfigQuestions,
    private readonly admin: DestinationsAdmin,
    private readonly answers: DestinationAnswers,
    private readonly audit: AuditLog,
  ) {}

  @ApiZodBody(NEW_DRAFT)
  @ApiAnswer(201, 'DestinationDraft')
  @Post()
  async open(@Body(new ZodPipe(NEW_DRAFT)) body: NewDraftBody): Promise<object> {
    const order = orderOf(body);
    if (body.ask === 'nothing') return draftJson({ done: true, draft: (await this.drafts.open(order)).id });
    return draftJson(await this.questions.begin(order, body.ask === 'everything'));
  }

  @ApiZodBody(DRAFT_ANSWER)
  @ApiAnswer(200, 'DestinationDraft')
  @Put(':id/answer')
  async answer(
    @Param('id') id: string,
    @Body(new ZodPipe(DRAFT_ANSWER)) body: { state: string; answer: string },
  ): Promise<object> {
    return draftJson(await this.questions.answer(id, body.state, body.answer));
  }

  @ApiQuery({ name: 'path', required: false, schema: { type: 'string' } })
  @ApiAnswer(200, 'FolderList')
  @Get(':id/folders')
  async folders(
    @Param('id') id: string,
    @Query(new ZodPipe(FOLDER_QUERY)) { path }: { path: string },
  ): Promise<object> {
    return { path, items: await this.drafts.folders(id, path), next_cursor: null };
  }

  /** Nothing of the trial stays, not even the folder. */
  @ApiZodBody(TRIED_DRAFT)
  @ApiAnswer(204)
  @HttpCode(204)
  @Post(':id/test')
  async test(
    @Param('id') id: string,
    @Body(new ZodPipe(TRIED_DRAFT)) { folder }: { folder: string },
  ): Promise<void> {
    const undo = await this.drafts.try(id, folder);
    await undo();
  }

  @ApiZodBody(SAVED_DRAFT)
  @ApiAnswer(201, 'Destination')
  @Post(':id/save')
  async save(
    @Param('id') id: string,
    @Body(new ZodPipe(SAVED_DRAFT)) body: { name: string; folder: string },
    @Res({ passthrough: true }) response: Response,
  ): Promise<object> {
    const row = await this.admin.save(id, body.name, body.folder);
    await this.audit.write(nameOf(callerOf(response)), 'destination-added', body.name, row.type);
    return this.answers.one(body.name, langOf(response));
  }

  @ApiAnswer(204)
  @HttpCode(204)
  @Delete(':id')
  async close(@Param('id') id: string): Promise<void> {
    await this.drafts.close(this.drafts.get(id).id);
  }
}
