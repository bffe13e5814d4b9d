import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import type { App } from '../apps/app.entity.js';
import { AppsService } from '../apps/apps.service.js';
import { addAuditEntry } from '../apps/audit-entry.entity.js';
import { checkSetting } from '../apps/settings.js';
import { Clock } from '../core/clock.js';
import type { Manifest } from './manifest.js';

/** Finds the app that a manifest names, or registers it. */
@Injectable()
export class AppOfManifest {
  constructor(
    @InjectDataSource() private readonly db: DataSource,
    private readonly apps: AppsService,
    private readonly clock: Clock,
  ) {}

  /**
   * A new one waits under its key: `missing` until its container shows up, or archived until a person says where it is.
   * It gets the folder that its copies lie in, if no other app has it.
   */
  async find({ app }: Manifest, who: string): Promise<App> {
    const known = await this.apps.byKey(app.key);
    if (known !== null) return known;
    const isManual = app.key.startsWith('manual:');
    const name = checkSetting('name', app.name);
    const [project, service] = projectIn(app.key);
    const fresh = await this.apps.add({
      key: app.key,
      origin: isManual ? 'manual' : 'label',
      state: isManual ? 'archived' : 'missing',
      declaration: name.ok ? { name: name.value } : {},
      problems: [],
      containerId: null,
      containerName: app.key.startsWith('name:') ? app.key.slice('name:'.length) : null,
      image: null,
      project,
      service,
      manualUrl: null,
      manualToken: null,
      wantedName: app.slug,
    });
    const note = { who, action: 'app-added', subject: fresh.id, after: fresh.key } as const;
    await addAuditEntry(this.db.manager, this.clock.now(), note);
    return fresh;
  }
}

/** `compose:project/service`; a replica has its number behind it. */
function projectIn(key: string): [project: string | null, service: string | null] {
  const [, project, service] = /^compose:([^/]+)\/([^/]+)/.exec(key) ?? [];
  return [project ?? null, service ?? null];
}
