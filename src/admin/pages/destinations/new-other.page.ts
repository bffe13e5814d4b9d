import { Body, Controller, Get, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { ConfigQuestions } from '../../../destinations/config-questions.js';
import { DestinationList } from '../../../destinations/destination-list.js';
import { ZodPipe } from '../../api/zod.pipe.js';
import { draftHref } from './answer-made.js';
import { FormPages } from './form-pages.js';
import type { FormPage } from './form-pages.js';
import type { Typed } from './form-view.js';
import type { Field } from './fields.js';
import { FORM_BODY, checkFilled, typedIn } from './read-form.js';
import { ApiExcludeController } from '../../api/documented.js';

/** Any storage that rclone knows, by its own questions. */
@ApiExcludeController()
@Controller('destinations/new/other')
export class NewOtherPage {
  constructor(
    private readonly forms: FormPages,
    private readonly list: DestinationList,
    private readonly questions: ConfigQuestions,
  ) {}

  @Get()
  async choose(@Req() request: Request, @Res() response: Response): Promise<void> {
    this.forms.show(request, response, await this.form(response, {}));
  }

  @Post()
  async begin(
    @Body(new ZodPipe(FORM_BODY)) body: Typed,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const form = await this.form(response, body);
    const typed = typedIn(form.fields, body);
    try {
      checkFilled(form.fields, typed);
      const begun = await this.questions.begin({ type: typed['type'] ?? '', options: {} });
      response.redirect(303, draftHref(begun.done ? begun.draft : begun.question.draft));
    } catch (error) {
      this.forms.refuse(request, response, form, error);
    }
  }

  private async form(response: Response, typed: Typed): Promise<FormPage> {
    const reader = this.forms.readerOf(response);
    const backends = (await this.list.backends()).filter(({ type }) => !WITH_A_WAY_OF_ITS_OWN.has(type));
    const type: Field = {
      name: 'type',
      input: 'select',
      required: true,
      choices: backends.map((one) => ({ value: one.type, label: `${one.type} – ${one.description}` })),
    };
    return {
      view: 'destination-form',
      title: reader.say('wizard.other'),
      fields: [type],
      typed,
      kind: null,
      more: {
        action: '/destinations/new/other',
        lead: reader.say('wizard.other.lead'),
        submit: reader.say('wizard.next'),
      },
    };
  }
}

/** SFTP needs its fingerprint first; crypt is the switch “Encrypt”. */
const WITH_A_WAY_OF_ITS_OWN: ReadonlySet<string> = new Set(['sftp', 'crypt']);
