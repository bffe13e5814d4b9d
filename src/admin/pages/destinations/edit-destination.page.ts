import { Body, Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { DestinationDetails } from '../../../destinations/destination-list.js';
import { ZodPipe } from '../../api/zod.pipe.js';
import { callerOf, nameOf } from '../../auth/caller.js';
import { goTo } from '../page.js';
import { hrefOf } from './destination-card.js';
import { DestinationsReader } from './destinations-reader.js';
import { changedOptions, editFields, presentValues } from './edit-fields.js';
import { FormPages } from './form-pages.js';
import type { FormPage } from './form-pages.js';
import type { Typed } from './form-view.js';
import { kindOfType } from './kinds.js';
import { FORM_BODY, checkFilled, typedIn } from './read-form.js';
import { SaveDestination } from './save-destination.js';
import { ApiExcludeController } from '../../api/documented.js';

/** Options and folder of a destination. */
@ApiExcludeController()
@Controller('destinations/:name/edit')
export class EditDestinationPage {
  constructor(
    private readonly forms: FormPages,
    private readonly reader: DestinationsReader,
    private readonly saving: SaveDestination,
  ) {}

  @Get()
  async form(@Param('name') name: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    const { details } = await this.reader.details(name, this.forms.readerOf(response));
    this.forms.show(request, response, this.formOf(details, presentValues(details), response));
  }

  @Post()
  async change(
    @Param('name') name: string,
    @Body(new ZodPipe(FORM_BODY)) body: Typed,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const { details } = await this.reader.details(name, this.forms.readerOf(response));
    const fields = editFields(details);
    const typed = typedIn(fields, body);
    try {
      checkFilled(fields, typed);
      const change = {
        options: changedOptions(fields, typed),
        ...(typed['folder'] === undefined ? {} : { folder: typed['folder'] }),
      };
      await this.saving.change(name, change, nameOf(callerOf(response)));
      goTo(response, hrefOf(name), 'destinationSaved');
    } catch (error) {
      this.forms.refuse(request, response, this.formOf(details, typed, response), error);
    }
  }

  private formOf(details: DestinationDetails, typed: Typed, response: Response): FormPage {
    const reader = this.forms.readerOf(response);
    const href = hrefOf(details.name);
    return {
      view: 'destination-form',
      title: reader.say('edit.title', { name: details.name }),
      fields: editFields(details),
      typed,
      kind: kindOfType(details.type),
      more: {
        of: { href, name: details.name },
        action: `${href}/edit`,
        back: href,
        lead: reader.say('edit.lead'),
        warnings: [reader.say('edit.folderWarning')],
        tried: true,
        submit: reader.say('wizard.tryAndSave'),
      },
    };
  }
}
