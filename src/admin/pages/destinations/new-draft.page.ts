import { Body, Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { ConfigQuestions } from '../../../destinations/config-questions.js';
import { DestinationDrafts } from '../../../destinations/destination-drafts.js';
import { DestinationRefusal } from '../../../destinations/destination-refusal.js';
import { ZodPipe } from '../../api/zod.pipe.js';
import { callerOf, nameOf } from '../../auth/caller.js';
import { answerMade, draftHref } from './answer-made.js';
import { kindWords } from './destination-card.js';
import { FormPages } from './form-pages.js';
import type { FormPage } from './form-pages.js';
import type { Typed } from './form-view.js';
import { ENCRYPT, FOLDER, NAME } from './fields.js';
import { kindOfType } from './kinds.js';
import { placeView } from './place-view.js';
import { questionForm } from './question-form.js';
import { FORM_BODY, checkFilled, typedIn } from './read-form.js';
import { SaveDestination } from './save-destination.js';
import { ApiExcludeController } from '../../api/documented.js';

const PLACE_FIELDS = [NAME, FOLDER, ENCRYPT];

/** What is being set up step by step: rclone's questions, then folder and name. */
@ApiExcludeController()
@Controller('destinations/new/draft/:id')
export class NewDraftPage {
  constructor(
    private readonly forms: FormPages,
    private readonly drafts: DestinationDrafts,
    private readonly questions: ConfigQuestions,
    private readonly saving: SaveDestination,
  ) {}

  @Get()
  async show(
    @Param('id') id: string,
    @Query('at') at: unknown,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const draft = this.open(id, response);
    if (draft === null) return;
    const question = this.questions.current(id);
    const form =
      question === null
        ? await this.placeForm(id, typeof at === 'string' ? { folder: at } : {}, response)
        : questionForm(question, draftHref(id), '', this.forms.readerOf(response));
    this.forms.show(request, response, form);
  }

  @Post('answer')
  async answer(
    @Param('id') id: string,
    @Body(new ZodPipe(FORM_BODY)) body: Typed,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    if (this.open(id, response) === null) return;
    const question = this.questions.current(id);
    const answer = body['answer'] ?? '';
    try {
      await this.questions.answer(id, body['state'] ?? '', answer);
      response.redirect(303, draftHref(id));
    } catch (error) {
      // Asked again only where it was this question that was answered; else the page shows how far it is.
      if (question === null || question.state !== body['state']) response.redirect(303, draftHref(id));
      else {
        const form = questionForm(question, draftHref(id), answer, this.forms.readerOf(response));
        this.forms.refuse(request, response, form, atAnswer(error, question.name));
      }
    }
  }

  @Post('save')
  async save(
    @Param('id') id: string,
    @Body(new ZodPipe(FORM_BODY)) body: Typed,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    if (this.open(id, response) === null) return;
    const typed = typedIn(PLACE_FIELDS, body);
    const { name = '', folder = '', encrypt } = typed;
    try {
      checkFilled(PLACE_FIELDS, typed);
      const who = nameOf(callerOf(response));
      const made = await this.saving.draft(id, name, folder, encrypt === 'true', who);
      answerMade(this.forms, request, response, made);
    } catch (error) {
      this.forms.refuse(request, response, await this.placeForm(id, typed, response), error);
    }
  }

  @Post('cancel')
  async cancel(@Param('id') id: string, @Res() response: Response): Promise<void> {
    await this.drafts.close(id);
    response.redirect(303, '/destinations/new');
  }

  /** @returns null when it is gone, and the browser is sent to begin again */
  private open(id: string, response: Response): ReturnType<DestinationDrafts['get']> | null {
    try {
      return this.drafts.get(id);
    } catch (error) {
      if (!(error instanceof DestinationRefusal)) throw error;
      response.redirect(303, '/destinations/new?done=draftGone');
      return null;
    }
  }

  private async placeForm(id: string, typed: Typed, response: Response): Promise<FormPage> {
    const reader = this.forms.readerOf(response);
    const { type } = this.drafts.get(id);
    const at = typed['folder'] ?? '';
    const found = await this.drafts.folders(id, at).then(
      (folders) => ({ folders, problem: null }),
      () => ({ folders: [], problem: reader.say('place.notThere') }),
    );
    return {
      view: 'destination-form',
      title: reader.say('place.title'),
      fields: PLACE_FIELDS,
      typed,
      kind: kindOfType(type),
      more: {
        action: `${draftHref(id)}/save`,
        cancel: `${draftHref(id)}/cancel`,
        lead: reader.say('place.lead', { kind: kindWords(type, reader) }),
        step: type === 'sftp' ? reader.say('wizard.step', { step: 3, of: 3 }) : null,
        place: placeView(draftHref(id), at, type === 'sftp', found, reader),
        tried: true,
        submit: reader.say('wizard.tryAndSave'),
      },
    };
  }
}

/** The field of the form is called `answer`, whatever was asked. */
function atAnswer(error: unknown, name: string): unknown {
  return error instanceof DestinationRefusal && error.field === name
    ? new DestinationRefusal(error.code, 'answer', error.detail)
    : error;
}
