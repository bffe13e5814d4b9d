import { Controller, Get, Res } from '@nestjs/common';
import type { Response } from 'express';
import type { App } from '../../apps/app.entity.js';
import { AppsService } from '../../apps/apps.service.js';
import { DiscoveryService } from '../../discovery/discovery.service.js';
import type { SeenContainer } from '../../discovery/seen-container.js';
import type { Lang } from '../lang.js';
import { langOf } from '../lang.js';
import { appOfSeen, seenSentence } from '../seen-sentence.js';
import { problemJson } from './app.view.js';
import { ApiAnswer, ApiTags } from './documented.js';

@ApiTags('discovery')
@Controller('api/discovery')
export class DiscoveryController {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly apps: AppsService,
  ) {}

  /** Every container with our labels or on our network, and why it is or is not an app. */
  @ApiAnswer(200, 'ContainerList')
  @Get()
  async list(@Res({ passthrough: true }) response: Response): Promise<object> {
    const apps = new Map((await this.apps.all()).map((app) => [app.key, app]));
    const lang = langOf(response);
    const { connected, detail, apiVersion } = this.discovery.status();
    const items = this.discovery.seen().map((seen) => containerJson(seen, appOfSeen(seen, apps), lang));
    return { docker: { connected, detail, api_version: apiVersion }, items, next_cursor: null };
  }
}

function containerJson(seen: SeenContainer, app: App | null, lang: Lang): object {
  return {
    container_id: seen.containerId,
    name: seen.name,
    image: seen.image,
    state: seen.state,
    networks: seen.networks,
    key: seen.key,
    app_id: app?.id ?? null,
    verdict: seen.verdict,
    why: seenSentence(seen, app, lang),
    problems: seen.problems.map((found) => problemJson(found, lang)),
  };
}
