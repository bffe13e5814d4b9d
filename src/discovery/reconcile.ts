import type { AppChange, DiscoveredFields } from '../apps/app-changes.js';
import type { App } from '../apps/app.entity.js';
import { isGone, stateOf, stateWhileAway } from './app-state.js';
import { chooseOwners } from './choose-owners.js';
import { isFaulty, judge, suspends } from './candidate.js';
import type { Candidate, DiscoveryPolicy } from './candidate.js';
import { identityOf } from './identity.js';
import { heldRetention } from './held-retention.js';
import type { KnownContainer, SeenContainer, Verdict } from './seen-container.js';

export interface Reconciled {
  changes: AppChange[];
  seen: SeenContainer[];
}

/**
 * Makes the apps equal to what Docker shows. Pure: known apps and containers in, changes out; nothing changed, no change.
 * A container that went away takes nothing with it: its app stays with its history.
 */
export function reconcile(
  apps: readonly App[],
  containers: readonly KnownContainer[],
  policy: DiscoveryPolicy,
  now: Date,
): Reconciled {
  const known = new Map(apps.map((app) => [app.key, app]));
  const seen: SeenContainer[] = [];
  const candidates: Candidate[] = [];
  const present = new Set<string>();
  for (const container of containers) {
    if (container.unread === true) {
      for (const key of possibleKeys(container, policy)) present.add(key);
      continue;
    }
    const judged = judge(container, policy);
    if ('candidate' in judged) candidates.push(judged.candidate);
    else if (judged.verdict !== 'no-labels' || policy.network in container.listed.networks) {
      seen.push(seenAs(container, judged.verdict, null, judged.problems));
    }
  }
  const { owners, replicas, losers } = chooseOwners(candidates, known, (app) => isGone(app, policy, now));
  const changes = owners.flatMap(
    ({ key, candidate }) => changeFor(key, candidate, known.get(key), policy, now) ?? [],
  );
  for (const { key } of owners) present.add(key);
  changes.push(
    ...apps.flatMap((app) =>
      app.origin === 'manual' || present.has(app.key) ? [] : (absence(app, policy, now) ?? []),
    ),
  );
  seen.push(
    ...owners.map(({ key, candidate }) => seenAs(candidate.container, 'app', key, candidate.problems)),
    ...replicas.map((candidate) => seenAs(candidate.container, 'replica', candidate.key, candidate.problems)),
    ...losers.map((candidate) => seenAs(candidate.container, 'conflict', candidate.key, candidate.problems)),
  );
  return { changes, seen };
}

/** Keys that a container may have which could not be looked at. */
function possibleKeys({ listed }: KnownContainer, { prefix }: DiscoveryPolicy): string[] {
  const { base, number } = identityOf(listed.labels, listed.name);
  const bases = [base, `id:${listed.labels[`${prefix}.id`]?.trim() ?? ''}`];
  return bases.flatMap((key) => [key, `${key}/${number}`]);
}

function seenAs(
  { listed }: KnownContainer,
  verdict: Verdict,
  key: string | null,
  problems: SeenContainer['problems'],
): SeenContainer {
  const networks = Object.keys(listed.networks);
  return {
    containerId: listed.id,
    name: listed.name,
    image: listed.image,
    state: listed.state,
    networks,
    key,
    verdict,
    problems,
  };
}

function changeFor(
  key: string,
  candidate: Candidate,
  app: App | undefined,
  policy: DiscoveryPolicy,
  now: Date,
): AppChange | null {
  const { container, identity } = candidate;
  const held = heldRetention(app, candidate.declaration, policy, now);
  const problems = held.problem === null ? candidate.problems : [...candidate.problems, held.problem];
  const faulty = isFaulty(problems);
  const keepsOld = app !== undefined && (faulty || suspends(problems)) && app.state !== 'invalid';
  const fields: DiscoveredFields = {
    state: stateOf(candidate, app, policy),
    declaration: keepsOld ? app.declaration : held.declaration,
    problems,
    containerId: container.listed.id,
    containerName: nameOf(container, app),
    image: container.listed.image,
    project: identity.project,
    service: identity.service,
    awaySince: container.listed.state === 'running' ? null : (app?.awaySince ?? now),
  };
  if (app === undefined)
    return {
      kind: 'register',
      key,
      wantedName: fields.declaration.name ?? identity.service ?? fields.containerName ?? key,
      fields,
    };
  return updateOf(app, fields);
}

/** Compose v2 starts the new container under `<id>_<name>` and renames it: such a name is never shown. */
function nameOf({ listed }: KnownContainer, app: App | undefined): string {
  return /^[0-9a-f]{12}_/.test(listed.name) ? (app?.containerName ?? listed.name.slice(13)) : listed.name;
}

/** The container is gone, or does not want to be backed up any more. */
function absence(app: App, policy: DiscoveryPolicy, now: Date): AppChange | null {
  if (app.state === 'archived' || app.state === 'missing') return null;
  const awaySince = app.awaySince ?? now;
  return updateOf(app, { state: stateWhileAway(app, awaySince, policy, now), awaySince });
}

function updateOf(app: App, fields: Partial<DiscoveredFields>): AppChange | null {
  const changed = Object.fromEntries(
    Object.entries(fields).filter(([name, value]) => !isSame(value, app[name as keyof DiscoveredFields])),
  ) as Partial<DiscoveredFields>;
  if (Object.keys(changed).length === 0) return null;
  const { declaration } = changed;
  const reschedule =
    declaration !== undefined &&
    (declaration.frequency !== app.declaration.frequency ||
      declaration.timezone !== app.declaration.timezone);
  return { kind: 'update', id: app.id, key: app.key, fields: changed, reschedule };
}

/** By content, whatever the order of keys, and as JSON: what is undefined is not there. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  // Sorting is slow, and seldom needed: what was written comes back in the order it had.
  return (
    JSON.stringify(a) === JSON.stringify(b) || JSON.stringify(a, sortedKeys) === JSON.stringify(b, sortedKeys)
  );
}

function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
