import { Body, Controller, Get, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { DestinationDrafts } from '../../../destinations/destination-drafts.js';
import { DestinationRefusal } from '../../../destinations/destination-refusal.js';
import { HostKeys, parseHostKeys } from '../../../destinations/host-keys.js';
import { ZodPipe } from '../../api/zod.pipe.js';
import { draftHref } from './answer-made.js';
import { FormPages } from './form-pages.js';
import type { FormPage } from './form-pages.js';
import type { Typed } from './form-view.js';
import { ACCEPT } from './fields.js';
import { SERVER_FIELDS, SIGN_IN_FIELDS, kindById } from './kinds.js';
import type { Kind } from './kinds.js';
import { FORM_BODY, checkFilled, typedIn } from './read-form.js';
import { ApiExcludeController } from '../../api/documented.js';

/** SFTP in three steps: which server, is it really that one and who are you, which folder. */
@ApiExcludeController()
@Controller('destinations/new/sftp')
export class NewSftpPage {
  constructor(
    private readonly forms: FormPages,
    private readonly hostKeys: HostKeys,
    private readonly drafts: DestinationDrafts,
  ) {}

  @Get()
  server(@Req() request: Request, @Res() response: Response): void {
    this.forms.show(request, response, this.serverForm(response, {}));
  }

  @Post()
  async fingerprint(
    @Body(new ZodPipe(FORM_BODY)) body: Typed,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const typed = typedIn(SERVER_FIELDS, body);
    try {
      checkFilled(SERVER_FIELDS, typed);
      const keys = await this.hostKeys.of(typed['host'] ?? '', Number(typed['port'] ?? '22'));
      const hostKeys = keys.map(({ line }) => line).join('\n');
      this.forms.show(request, response, this.signInForm(response, { ...typed, host_keys: hostKeys }));
    } catch (error) {
      this.forms.refuse(request, response, this.serverForm(response, typed), error);
    }
  }

  @Post('sign-in')
  async signIn(
    @Body(new ZodPipe(FORM_BODY)) body: Typed,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const typed = typedIn([...SERVER_FIELDS, ...SIGN_IN_FIELDS, ACCEPT], body);
    const hostKeys = (body['host_keys'] ?? '').replaceAll('\r', '');
    try {
      const id = await this.connect(typed, hostKeys);
      response.redirect(303, draftHref(id));
    } catch (error) {
      const form = this.signInForm(response, { ...typed, host_keys: hostKeys });
      this.forms.refuse(request, response, form, error);
    }
  }

  /** @returns the draft, which the server has let in */
  private async connect(typed: Typed, hostKeys: string): Promise<string> {
    checkFilled(SIGN_IN_FIELDS, typed);
    if (typed['accept'] !== 'true') throw new DestinationRefusal('host-key-needed', 'accept');
    if (typed['pass'] === '' && typed['key_pem'] === '')
      throw new DestinationRefusal('option-required', 'pass');
    const options: Record<string, string> = {};
    for (const { name } of [...SERVER_FIELDS, ...SIGN_IN_FIELDS]) {
      const value = typed[name] ?? '';
      if (value !== '') options[name] = value;
    }
    const draft = await this.drafts.open({ type: 'sftp', options, hostKeys });
    try {
      await this.drafts.folders(draft.id, '');
    } catch (error) {
      await this.drafts.close(draft.id);
      throw error;
    }
    return draft.id;
  }

  private serverForm(response: Response, typed: Typed): FormPage {
    const reader = this.forms.readerOf(response);
    return {
      view: 'destination-form',
      title: reader.say('wizard.sftp'),
      fields: SERVER_FIELDS,
      typed,
      kind: kindById('sftp'),
      more: {
        action: '/destinations/new/sftp',
        lead: reader.say('wizard.sftp.lead'),
        step: reader.say('wizard.step', { step: 1, of: 3 }),
        submit: reader.say('wizard.sftp.ask'),
      },
    };
  }

  private signInForm(response: Response, typed: Typed): FormPage {
    const reader = this.forms.readerOf(response);
    const { host = '', port = '', host_keys: lines = '' } = typed;
    return {
      view: 'destination-form',
      title: reader.say('wizard.sftp'),
      fields: [ACCEPT, ...SIGN_IN_FIELDS],
      typed,
      kind: blaming(typed),
      more: {
        action: '/destinations/new/sftp/sign-in',
        lead: reader.say('wizard.sftp.signIn', { server: `${host}:${port}` }),
        step: reader.say('wizard.step', { step: 2, of: 3 }),
        fingerprints: parseHostKeys(lines),
        kept: [
          { name: 'host', value: host },
          { name: 'port', value: port },
          { name: 'host_keys', value: lines },
        ],
        back: '/destinations/new/sftp',
        submit: reader.say('wizard.sftp.connect'),
      },
    };
  }
}

/** What was given to sign in with is what was refused. */
function blaming(typed: Typed): Kind | null {
  const kind = kindById('sftp');
  const given = (typed['pass'] ?? '') === '' ? 'key_pem' : 'pass';
  return kind === null ? null : { ...kind, blame: { ...kind.blame, 'destination-auth': given } };
}
