import { Injectable } from '@nestjs/common';
import { AppDecisions } from '../apps/app-decisions.js';
import type { Decision } from '../apps/app-decisions.js';
import type { App } from '../apps/app.entity.js';
import { DiscoveryService } from '../discovery/discovery.service.js';
import { AppsReader } from './apps-reader.js';
import { AuditLog } from './audit-log.js';
import { HttpProblem } from './http-problem.js';

/** States in which the container of a labelled app has gone. */
const GONE: readonly App['state'][] = ['missing', 'archived'];

/** What a person does to an app as a whole, from a page or by the API. */
@Injectable()
export class AppActions {
  constructor(
    private readonly reader: AppsReader,
    private readonly decisions: AppDecisions,
    private readonly discovery: DiscoveryService,
    private readonly audit: AuditLog,
  ) {}

  /** @throws HttpProblem app-not-found, state-refuses */
  async decide(appId: string, decision: Decision, who: string): Promise<void> {
    const app = await this.reader.byId(appId);
    const done = await this.decisions.decide(app, decision, who);
    if (!done) throw new HttpProblem('state-refuses', { state: app.state, decision });
    await this.discovery.refresh();
  }

  /** Forgets the app and its overrides; backups and runs stay. @throws HttpProblem app-not-found, app-has-container */
  async remove(appId: string, who: string): Promise<void> {
    const app = await this.reader.byId(appId);
    if (!mayRemove(app)) throw new HttpProblem('app-has-container');
    await this.reader.remove(app);
    await this.audit.write(who, 'app-removed', appId, app.key);
  }
}

/** An app whose container is there would come back at once. */
export const mayRemove = (app: App): boolean =>
  app.origin === 'manual' || app.containerId === null || GONE.includes(app.state);
