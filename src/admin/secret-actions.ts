import { Injectable } from '@nestjs/common';
import { SecretKeeper } from '../apps/secret-keeper.js';
import { DiscoveryService } from '../discovery/discovery.service.js';
import { AppsReader } from './apps-reader.js';
import { HttpProblem } from './http-problem.js';

/** What a person does to secrets, from a page or by the API. Discovery judges anew after each. */
@Injectable()
export class SecretActions {
  constructor(
    private readonly keeper: SecretKeeper,
    private readonly apps: AppsReader,
    private readonly discovery: DiscoveryService,
  ) {}

  async put(name: string, value: string, who: string): Promise<void> {
    await this.keeper.put(name, value, who);
    await this.discovery.refresh();
  }

  /** @throws HttpProblem secret-not-found, secret-is-given */
  async remove(name: string, who: string): Promise<void> {
    if (!(await this.keeper.remove(name, who))) {
      const isGiven = (await this.keeper.places()).has(name);
      throw new HttpProblem(isGiven ? 'secret-is-given' : 'secret-not-found', { name });
    }
    await this.discovery.refresh();
  }

  /** Allows the app's container to be sent the secret. @throws HttpProblem app-not-found, app-is-manual */
  async grant(name: string, appId: string, who: string): Promise<void> {
    const app = await this.apps.byId(appId);
    if (app.origin === 'manual') throw new HttpProblem('app-is-manual');
    await this.keeper.grant(app, name, who);
    await this.discovery.refresh();
  }

  /** @throws HttpProblem grant-not-found */
  async withdraw(name: string, owner: string, who: string): Promise<void> {
    if (!(await this.keeper.withdraw(owner, name, who)))
      throw new HttpProblem('grant-not-found', { name, owner });
    await this.discovery.refresh();
  }
}
