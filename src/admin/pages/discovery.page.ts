import { Controller, Get, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { App } from '../../apps/app.entity.js';
import { AppsService } from '../../apps/apps.service.js';
import { severityOf } from '../../apps/problem.js';
import { DiscoveryService } from '../../discovery/discovery.service.js';
import type { SeenContainer, Verdict } from '../../discovery/seen-container.js';
import { appOfSeen, seenSentence } from '../seen-sentence.js';
import { problemRow } from './app-page.js';
import type { Tone } from './app-verdict.js';
import { Page } from './page.js';
import { linesToPaste } from './paste-lines.js';
import type { Reader } from './reader.js';
import { ApiExcludeController } from '../api/documented.js';

const TONES: Record<Verdict, Tone> = {
  app: 'ok',
  replica: 'ok',
  'not-enabled': 'idle',
  'no-labels': 'idle',
  'one-off': 'idle',
  'other-instance': 'idle',
  'image-labels': 'warn',
  conflict: 'bad',
};

@ApiExcludeController()
@Controller('discovery')
export class DiscoveryPage {
  constructor(
    private readonly page: Page,
    private readonly discovery: DiscoveryService,
    private readonly apps: AppsService,
  ) {}

  @Get()
  async show(@Req() request: Request, @Res() response: Response): Promise<void> {
    const reader = this.page.readerOf(response);
    const apps = new Map((await this.apps.all()).map((app) => [app.key, app]));
    const { connected, detail, apiVersion } = this.discovery.status();
    const containers = this.discovery
      .seen()
      .map((seen) => this.row(seen, appOfSeen(seen, apps), reader))
      .sort((a, b) => a.rank - b.rank || a.name.localeCompare(b.name));
    this.page.render(request, response, 'discovery', {
      title: reader.say('discovery.title'),
      atDiscovery: true,
      containers,
      dockerTone: connected ? 'ok' : 'bad',
      docker: connected
        ? reader.say('discovery.connected', { version: apiVersion ?? '?' })
        : reader.say('discovery.lost', { detail }),
    });
  }

  private row(seen: SeenContainer, app: App | null, reader: Reader) {
    const { labelPrefix, backupsNetwork } = this.page.config;
    const isBad = seen.problems.some(({ code }) => ['error', 'suspend'].includes(severityOf(code)));
    return {
      name: seen.name,
      image: seen.image,
      state: seen.state,
      networks: seen.networks,
      appId: app?.id ?? null,
      key: seen.key,
      tone: isBad ? 'bad' : TONES[seen.verdict],
      badge: reader.say(`seen.${seen.verdict}`),
      why: seenSentence(seen, app, reader.lang),
      problems: seen.problems.map((found) => problemRow(found, labelPrefix, reader)),
      paste: linesToPaste(seen, labelPrefix, backupsNetwork),
      // What needs a person comes first.
      rank: isBad ? 0 : seen.problems.length > 0 ? 1 : seen.verdict === 'app' ? 2 : 3,
    };
  }
}
