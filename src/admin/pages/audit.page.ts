import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { AuditEntry } from '../../apps/audit-entry.entity.js';
import { AuditLog } from '../audit-log.js';
import { AppsReader } from '../apps-reader.js';
import { appIdIn, auditSentence } from '../audit-sentence.js';
import { Page } from './page.js';
import type { Reader } from './reader.js';
import { ApiExcludeController } from '../api/documented.js';

const SHOWN = 50;

@ApiExcludeController()
@Controller('audit')
export class AuditPage {
  constructor(
    private readonly page: Page,
    private readonly audit: AuditLog,
    private readonly apps: AppsReader,
  ) {}

  @Get()
  async show(
    @Query('before') before: unknown,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const reader = this.page.readerOf(response);
    const entries = await this.audit.list(SHOWN + 1, typeof before === 'string' ? before : null);
    const shown = entries.slice(0, SHOWN);
    const names = await this.apps.names();
    this.page.render(request, response, 'audit', {
      title: reader.say('nav.audit'),
      atAudit: true,
      entries: shown.map((entry) => entryRow(entry, names, reader)),
      older: entries.length > SHOWN ? shown.at(-1)?.id : null,
    });
  }
}

function entryRow(entry: AuditEntry, names: ReadonlyMap<string, string>, reader: Reader): object {
  const appId = appIdIn(entry);
  return {
    at: reader.moment(entry.at),
    who: entry.who,
    says: auditSentence(entry, names, reader.lang),
    appId: appId !== null && names.has(appId) ? appId : null,
    before: entry.before,
    after: entry.after,
    hasChange: entry.before !== null || entry.after !== null,
  };
}
