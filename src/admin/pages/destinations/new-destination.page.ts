import { Body, Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { ZodPipe } from '../../api/zod.pipe.js';
import { callerOf, nameOf } from '../../auth/caller.js';
import { found } from '../../http-problem.js';
import type { Reader } from '../reader.js';
import { answerMade } from './answer-made.js';
import { FormPages } from './form-pages.js';
import type { FormPage } from './form-pages.js';
import type { Typed } from './form-view.js';
import { KINDS, OTHER, kindById } from './kinds.js';
import type { Kind } from './kinds.js';
import { MakeDestination } from './make-destination.js';
import { FORM_BODY, typedIn } from './read-form.js';
import { ApiExcludeController } from '../../api/documented.js';

/** Choosing the kind, and the kinds that one form is enough for. */
@ApiExcludeController()
@Controller('destinations/new')
export class NewDestinationPage {
  constructor(
    private readonly forms: FormPages,
    private readonly make: MakeDestination,
  ) {}

  @Get()
  async choose(@Req() request: Request, @Res() response: Response): Promise<void> {
    const reader = this.forms.readerOf(response);
    const account = await this.make.accountOfAgent();
    const kinds = [...KINDS.map(({ id }) => id), OTHER].map((id) => ({
      href: `/destinations/new/${id}`,
      name: reader.say(`wizard.${id}`),
      lead: reader.say(`wizard.${id}.lead`),
      away: id === 'shared' && account === null ? reader.say('wizard.shared.away') : null,
    }));
    this.forms.show(request, response, {
      view: 'destination-kinds',
      title: reader.say('wizard.title'),
      fields: [],
      typed: {},
      kind: null,
      more: { kinds },
    });
  }

  @Get(':kind')
  form(@Param('kind') id: string, @Req() request: Request, @Res() response: Response): void {
    const kind = found(kindById(id), 'not-found');
    this.forms.show(request, response, this.formOf(kind, {}, this.forms.readerOf(response)));
  }

  @Post(':kind')
  async create(
    @Param('kind') id: string,
    @Body(new ZodPipe(FORM_BODY)) body: Typed,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const kind = found(kindById(id), 'not-found');
    const reader = this.forms.readerOf(response);
    const typed = typedIn(this.forms.fieldsOf(kind), body);
    try {
      answerMade(
        this.forms,
        request,
        response,
        await this.make.from(kind, typed, nameOf(callerOf(response))),
      );
    } catch (error) {
      this.forms.refuse(request, response, this.formOf(kind, typed, reader), error);
    }
  }

  private formOf(kind: Kind, typed: Typed, reader: Reader): FormPage {
    return {
      view: 'destination-form',
      title: reader.say(`wizard.${kind.id}`),
      fields: this.forms.fieldsOf(kind),
      typed,
      kind,
      more: {
        action: `/destinations/new/${kind.id}`,
        lead: reader.say(`wizard.${kind.id}.lead`),
        warnings: (kind.warnings ?? []).map((key) => reader.say(key)),
        authorise: kind.authorise ?? null,
        ownClient: kind.id === 'drive',
        tried: kind.isAsked !== true,
        submit: reader.say(kind.isAsked === true ? 'wizard.next' : 'wizard.tryAndSave'),
      },
    };
  }
}
