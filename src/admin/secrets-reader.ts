import { Injectable } from '@nestjs/common';
import { AppsService } from '../apps/apps.service.js';
import type { App } from '../apps/app.entity.js';
import { findNamed } from '../apps/given-secrets.js';
import { SecretKeeper } from '../apps/secret-keeper.js';
import { isNamedAfter, ownerName, secretIn } from '../apps/secret-owner.js';
import type { SecretGrant } from '../apps/secret.entity.js';

/** One app that refers to a secret, or one owner that is still allowed it. */
export interface SecretUse {
  /** Null when no app asks for it now and only the grant is left. */
  app: { id: string; name: string } | null;
  owner: string;
  /** `own`: named after its project or service. `waiting`: nothing is sent until a person allows it. */
  state: 'own' | 'granted' | 'waiting';
  grant: Pick<SecretGrant, 'grantedBy' | 'grantedAt'> | null;
}

export interface SecretView {
  name: string;
  /** `missing`: an app refers to it, and nobody has given it. */
  place: 'kept' | 'environment' | 'file' | 'missing';
  setBy: string | null;
  setAt: Date | null;
  uses: SecretUse[];
}

/** Everything about secrets but their values. */
@Injectable()
export class SecretsReader {
  constructor(
    private readonly keeper: SecretKeeper,
    private readonly apps: AppsService,
  ) {}

  async all(): Promise<SecretView[]> {
    const [places, grants] = await Promise.all([this.keeper.places(), this.keeper.grants()]);
    const uses = await this.usesByName(grants);
    for (const grant of grants) addLeftGrant(uses, grant);
    const names = new Set([...places.keys(), ...uses.keys()]);
    return [...names].sort().map((name) => {
      const place = findNamed(places, name);
      const kept = typeof place === 'object' ? place : null;
      return {
        name,
        place: kept !== null ? 'kept' : ((place as 'environment' | 'file' | undefined) ?? 'missing'),
        setBy: kept?.setBy ?? null,
        setAt: kept?.setAt ?? null,
        uses: uses.get(name) ?? [],
      };
    });
  }

  private async usesByName(grants: readonly SecretGrant[]): Promise<Map<string, SecretUse[]>> {
    const uses = new Map<string, SecretUse[]>();
    const apps = (await this.apps.all()).filter(({ origin }) => origin === 'label');
    const settingsById = await this.apps.settingsOfEach(apps);
    for (const app of apps) {
      const settings = settingsById.get(app.id);
      if (settings === undefined) continue;
      for (const name of wantedBy(app, settings.tokenRef.text)) {
        const use = useOf(app, settings.name.value, name, grants);
        uses.set(name, [...(uses.get(name) ?? []), use]);
      }
    }
    return uses;
  }
}

/** What its settings name, and what a label names that is not in force because it is not allowed. */
function wantedBy(app: App, tokenRef: string): Set<string> {
  const refused = app.problems
    .filter(({ code }) => code === 'token-not-allowed' || code === 'secret-missing')
    .map(({ params }) => params['secret']);
  return new Set([secretIn(tokenRef), ...refused].filter((name) => name !== null && name !== undefined));
}

function useOf(app: App, appName: string, secret: string, grants: readonly SecretGrant[]): SecretUse {
  const owner = ownerName(app);
  const grant = grants.find((one) => one.secret === secret && one.owner === owner) ?? null;
  const state = isNamedAfter(app, secret) ? 'own' : grant === null ? 'waiting' : 'granted';
  return { app: { id: app.id, name: appName }, owner, state, grant };
}

function addLeftGrant(uses: Map<string, SecretUse[]>, grant: SecretGrant): void {
  const known = uses.get(grant.secret) ?? [];
  if (known.some(({ owner }) => owner === grant.owner)) return;
  uses.set(grant.secret, [...known, { app: null, owner: grant.owner, state: 'granted', grant }]);
}
