import { Controller, Get, Res } from '@nestjs/common';
import type { Response } from 'express';
import { AppsService } from '../../apps/apps.service.js';
import { DiscoveryService } from '../../discovery/discovery.service.js';
import type { SeenContainer } from '../../discovery/seen-container.js';
import type { Lang } from '../lang.js';
import { langOf } from '../lang.js';
import { say } from '../texts.js';
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
    const ids = new Map((await this.apps.all()).map((app) => [app.key, app.id]));
    const lang = langOf(response);
    const { connected, detail, apiVersion } = this.discovery.status();
    const items = this.discovery.seen().map((seen) => containerJson(seen, ids, lang));
    return { docker: { connected, detail, api_version: apiVersion }, items, next_cursor: null };
  }
}

function containerJson(seen: SeenContainer, ids: ReadonlyMap<string, string>, lang: Lang): object {
  return {
    container_id: seen.containerId,
    name: seen.name,
    image: seen.image,
    state: seen.state,
    networks: seen.networks,
    key: seen.key,
    app_id: seen.key === null || seen.verdict === 'conflict' ? null : (ids.get(seen.key) ?? null),
    verdict: seen.verdict,
    why: say(lang, `seen.${seen.verdict}.why`),
    problems: seen.problems.map((found) => problemJson(found, lang)),
  };
}
