import { Injectable } from '@nestjs/common';
import type { App } from '../apps/app.entity.js';
import { AppsService } from '../apps/apps.service.js';
import { Catalog } from '../backups/catalog.js';
import { appJson } from './api/app.view.js';
import { found } from './http-problem.js';
import type { Lang } from './lang.js';

/** Apps with what they come to, for the API. */
@Injectable()
export class AppsReader {
  constructor(
    private readonly apps: AppsService,
    private readonly catalog: Catalog,
  ) {}

  /** @throws HttpProblem app-not-found */
  async byId(id: string): Promise<App> {
    return found(await this.apps.byId(id), 'app-not-found');
  }

  async all(lang: Lang): Promise<object[]> {
    const [apps, lastGood] = await Promise.all([this.apps.all(), this.catalog.lastGoodByApp()]);
    const settingsById = await this.apps.settingsOfEach(apps);
    return apps.flatMap((app) => {
      const settings = settingsById.get(app.id);
      return settings === undefined ? [] : appJson(app, settings, lastGood.get(app.id) ?? null, lang);
    });
  }

  async json(app: App, lang: Lang): Promise<object> {
    const [settings, lastGood] = await Promise.all([this.apps.settingsOf(app), this.catalog.lastGoodByApp()]);
    return appJson(app, settings, lastGood.get(app.id) ?? null, lang);
  }

  /** What apps are called, by id. */
  async names(): Promise<Map<string, string>> {
    const settings = await this.apps.settingsOfEach(await this.apps.all());
    return new Map([...settings].map(([id, { name }]) => [id, name.value]));
  }

  /** @throws HttpProblem app-not-found */
  async nameOf(id: string): Promise<string> {
    return (await this.apps.settingsOf(await this.byId(id))).name.value;
  }

  /** Backups and runs stay. */
  remove(app: App): Promise<void> {
    return this.apps.remove(app.id);
  }
}
