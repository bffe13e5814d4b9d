import { Injectable } from '@nestjs/common';
import type { App } from '../../apps/app.entity.js';
import { AppsService } from '../../apps/apps.service.js';
import { printRetention } from '../../apps/retention-policy.js';
import { checkSetting } from '../../apps/settings.js';
import type { SettingName, SettingTexts } from '../../apps/settings.js';
import { rememberSecret } from '../../core/redact.js';
import { AuditLog } from '../audit-log.js';
import { HttpProblem } from '../http-problem.js';
import type { ChangedAppBody, NewAppBody } from './bodies.js';

const NO_RETENTION = { last: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0, min: 3 };

/** Apps that a person registers by their address instead of by labels. */
@Injectable()
export class ManualAppsService {
  /** One at a time, so that two requests with one name cannot both find it free. */
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly apps: AppsService,
    private readonly audit: AuditLog,
  ) {}

  /** @throws HttpProblem name-taken */
  async add(body: NewAppBody, who: string): Promise<App> {
    return this.inTurn(async () => {
      const imported = await this.apps.byKey(keyOf(body.name));
      if (imported !== null && isWithoutAddress(imported)) return this.revive(imported, body, who);
      await this.checkName(body.name, null);
      const app = await this.apps.add({
        wantedName: body.name,
        key: keyOf(body.name),
        origin: 'manual',
        state: 'active',
        declaration: declarationOf({}, body),
        problems: [],
        containerId: null,
        containerName: null,
        image: null,
        project: null,
        service: null,
        manualUrl: body.url,
        manualToken: null,
      });
      await this.setToken(app.id, body.token);
      await this.audit.write(who, 'app-added', app.id, app.key);
      return app;
    });
  }

  /** @throws HttpProblem name-taken, app-is-labelled */
  async change(app: App, body: ChangedAppBody, who: string): Promise<void> {
    if (app.origin !== 'manual') throw new HttpProblem('app-is-labelled');
    await this.inTurn(async () => {
      if (body.name !== undefined) await this.checkName(body.name, app.id);
      await this.apps.update(app.id, {
        declaration: declarationOf(app.declaration, body),
        ...(body.url === undefined ? {} : { manualUrl: body.url }),
        ...(body.schedule === undefined ? {} : { nextRunAt: null }),
      });
      await this.setToken(app.id, body.token);
      // The names of the fields: a token is one of them.
      await this.audit.write(who, 'app-changed', app.id, Object.keys(body).join(', '));
    });
  }

  /** It came back with its backups, and gets the address that it lacked. */
  private async revive(app: App, body: NewAppBody, who: string): Promise<App> {
    await this.checkName(body.name, app.id);
    const declaration = declarationOf({}, body);
    await this.apps.update(app.id, { state: 'active', declaration, manualUrl: body.url, nextRunAt: null });
    await this.setToken(app.id, body.token);
    await this.audit.write(who, 'app-added', app.id, app.key);
    return (await this.apps.byId(app.id)) ?? app;
  }

  private async setToken(appId: string, token: string | null | undefined): Promise<void> {
    if (token === undefined) return;
    rememberSecret(token);
    await this.apps.update(appId, { manualToken: token === null ? null : this.apps.sealToken(appId, token) });
  }

  private async checkName(name: string, exceptId: string | null): Promise<void> {
    const wanted = name.trim().toLowerCase();
    const apps = await this.apps.all();
    const settings = await this.apps.settingsOfEach(apps);
    for (const app of apps) {
      if (app.id === exceptId) continue;
      const own = settings.get(app.id)?.name.value.toLowerCase();
      if (own === wanted || app.key === keyOf(name))
        throw new HttpProblem('name-taken', { name: name.trim() });
    }
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.last.then(work);
    this.last = mine.catch(() => undefined);
    return mine;
  }
}

/** As an app is that was registered by what its backups tell of it. */
const isWithoutAddress = ({ origin, state, manualUrl }: App): boolean =>
  origin === 'manual' && state === 'archived' && manualUrl === null;

const keyOf = (name: string): string =>
  `manual:${name
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')}`;

/** What the body says, in the words of the settings; a field left out keeps what was there, null forgets it. */
function declarationOf(before: SettingTexts, body: ChangedAppBody): SettingTexts {
  const declaration: SettingTexts = { ...before };
  const put = (name: SettingName, raw: string | null | undefined): void => {
    if (raw === undefined) return;
    const checked = raw === null ? null : checkSetting(name, raw);
    if (checked?.ok === true) declaration[name] = checked.value;
    else Reflect.deleteProperty(declaration, name);
  };
  put('name', body.name);
  put('frequency', body.schedule);
  put('driveFolderId', body.drive_folder_id);
  put(
    'retention',
    body.retention === undefined || body.retention === null ? body.retention : retentionText(body.retention),
  );
  return declaration;
}

function retentionText(given: NonNullable<NewAppBody['retention']>): string {
  const named = Object.fromEntries(Object.entries(given).filter(([, count]) => count !== undefined));
  return printRetention({ ...NO_RETENTION, ...named });
}
