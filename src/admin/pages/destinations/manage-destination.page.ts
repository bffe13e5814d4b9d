import { Body, Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { found } from '../../http-problem.js';
import { ZodPipe } from '../../api/zod.pipe.js';
import { callerOf, nameOf } from '../../auth/caller.js';
import { goTo } from '../page.js';
import { answerMade } from './answer-made.js';
import { hrefOf } from './destination-card.js';
import { FormPages } from './form-pages.js';
import type { FormPage } from './form-pages.js';
import type { Typed } from './form-view.js';
import { ManageForms, isAction } from './manage-forms.js';
import type { Action } from './manage-forms.js';
import { FORM_BODY, checkFilled, typedIn } from './read-form.js';
import { SaveDestination } from './save-destination.js';
import { ApiExcludeController } from '../../api/documented.js';

/** Another name, encryption over it, and the end. */
@ApiExcludeController()
@Controller('destinations/:name/manage')
export class ManageDestinationPage {
  constructor(
    private readonly forms: FormPages,
    private readonly manage: ManageForms,
    private readonly saving: SaveDestination,
  ) {}

  @Get(':action')
  async form(
    @Param('name') name: string,
    @Param('action') action: string,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    this.forms.show(request, response, await this.formOf(name, action, {}, response));
  }

  @Post(':action')
  async act(
    @Param('name') name: string,
    @Param('action') action: string,
    @Body(new ZodPipe(FORM_BODY)) body: Typed,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const form = await this.formOf(name, action, body, response);
    const typed = typedIn(form.fields, body);
    try {
      checkFilled(form.fields, typed);
      await this.carryOut(name, actionOf(action), typed, request, response);
    } catch (error) {
      this.forms.refuse(request, response, { ...form, typed }, error);
    }
  }

  private async carryOut(
    name: string,
    action: Action,
    typed: Typed,
    request: Request,
    response: Response,
  ): Promise<void> {
    const who = nameOf(callerOf(response));
    if (action === 'rename') {
      const to = typed['to'] ?? '';
      await this.manage.rename(name, to, who);
      goTo(response, hrefOf(to), 'renamed');
    } else if (action === 'encrypt') {
      const made = await this.saving.over(name, typed['name'] ?? '', typed['folder'] ?? '', who);
      answerMade(this.forms, request, response, made);
    } else {
      await this.manage.remove(name, typed, who);
      goTo(response, '/destinations', typed['data'] === 'delete' ? 'deleted' : 'forgotten');
    }
  }

  private formOf(name: string, action: string, typed: Typed, response: Response): Promise<FormPage> {
    return this.manage.form(name, actionOf(action), typed, this.forms.readerOf(response));
  }
}

/** @throws HttpProblem not-found */
function actionOf(action: string): Action {
  return found(isAction(action) ? action : null, 'not-found');
}
