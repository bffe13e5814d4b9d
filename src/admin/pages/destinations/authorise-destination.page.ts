import { Body, Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { DestinationDetails } from '../../../destinations/destination-list.js';
import { DestinationRefusal } from '../../../destinations/destination-refusal.js';
import { HostKeys, parseHostKeys } from '../../../destinations/host-keys.js';
import { ZodPipe } from '../../api/zod.pipe.js';
import { callerOf, nameOf } from '../../auth/caller.js';
import { goTo } from '../page.js';
import { hrefOf } from './destination-card.js';
import { DestinationsReader } from './destinations-reader.js';
import { changedOptions, signInFields } from './edit-fields.js';
import { FormPages } from './form-pages.js';
import type { FormPage } from './form-pages.js';
import type { Typed } from './form-view.js';
import { ACCEPT } from './fields.js';
import { kindOfType } from './kinds.js';
import { FORM_BODY, typedIn } from './read-form.js';
import { SaveDestination } from './save-destination.js';
import { ApiExcludeController } from '../../api/documented.js';

/** New credentials, or the new fingerprint of a server that was set up anew. */
@ApiExcludeController()
@Controller('destinations/:name/authorise')
export class AuthoriseDestinationPage {
  constructor(
    private readonly forms: FormPages,
    private readonly reader: DestinationsReader,
    private readonly saving: SaveDestination,
    private readonly hostKeys: HostKeys,
  ) {}

  @Get()
  async form(@Param('name') name: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    const { details } = await this.reader.details(name, this.forms.readerOf(response));
    const below = accountOf(details);
    if (below !== null) {
      response.redirect(303, `${hrefOf(below)}/authorise`);
      return;
    }
    const form = this.formOf(details, {}, '', response);
    try {
      const fresh = await this.otherKeys(details);
      this.forms.show(request, response, this.formOf(details, {}, fresh, response));
    } catch (error) {
      this.forms.refuse(request, response, form, error);
    }
  }

  @Post()
  async authorise(
    @Param('name') name: string,
    @Body(new ZodPipe(FORM_BODY)) body: Typed,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const { details } = await this.reader.details(name, this.forms.readerOf(response));
    const fields = [ACCEPT, ...signInFields(details)];
    const typed = typedIn(fields, body);
    const hostKeys = (body['host_keys'] ?? '').replaceAll('\r', '');
    try {
      if (hostKeys !== '' && typed['accept'] !== 'true')
        throw new DestinationRefusal('host-key-needed', 'accept');
      const options = changedOptions(fields, typed);
      const change = { options, ...(hostKeys === '' ? {} : { hostKeys }) };
      await this.saving.change(name, change, nameOf(callerOf(response)));
      goTo(response, hrefOf(name), 'destinationSaved');
    } catch (error) {
      this.forms.refuse(request, response, this.formOf(details, typed, hostKeys, response), error);
    }
  }

  /** Lines of known_hosts that the server shows now and that are not the accepted ones; empty = nothing new. */
  private async otherKeys(details: DestinationDetails): Promise<string> {
    if (details.type !== 'sftp') return '';
    const { host = '', port = '22' } = details.options;
    const keys = await this.hostKeys.of(host, Number(port));
    const isKnown = keys.every((key) => details.fingerprints.includes(`${key.type} ${key.fingerprint}`));
    return isKnown ? '' : keys.map(({ line }) => line).join('\n');
  }

  private formOf(details: DestinationDetails, typed: Typed, hostKeys: string, response: Response): FormPage {
    const reader = this.forms.readerOf(response);
    const href = hrefOf(details.name);
    const kind = kindOfType(details.type);
    const hasToken = details.secretsSet.includes('token');
    return {
      view: 'destination-form',
      title: reader.say('authorise.again', { name: details.name }),
      fields: [...(hostKeys === '' ? [] : [ACCEPT]), ...signInFields(details)],
      typed,
      kind,
      more: {
        of: { href, name: details.name },
        action: `${href}/authorise`,
        back: href,
        lead: reader.say('authorise.againLead'),
        authorise: hasToken ? (kind?.authorise ?? details.type) : null,
        ownClient: kind?.id === 'drive',
        clientId: details.options['client_id'] ?? null,
        fingerprints: parseHostKeys(hostKeys),
        warnings: hostKeys === '' ? [] : [reader.say('authorise.otherKey')],
        kept: [{ name: 'host_keys', value: hostKeys }],
        tried: true,
        submit: reader.say('wizard.tryAndSave'),
      },
    };
  }
}

/** The destination that has the account; null = this one itself. */
function accountOf(details: DestinationDetails): string | null {
  if (details.type !== 'alias' && details.type !== 'crypt') return null;
  return /^([^:/]+):/.exec(details.options['remote'] ?? '')?.[1] ?? null;
}
