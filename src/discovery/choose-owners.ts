import type { App } from '../apps/app.entity.js';
import { problem } from '../apps/problem.js';
import type { Candidate } from './candidate.js';

/** Which container speaks for each key, and who else wants to. */
export interface Owners {
  /** One per app; with `replicas=all` one per replica. */
  owners: { key: string; candidate: Candidate }[];
  /** Further containers of the same service. */
  replicas: Candidate[];
  /** Containers of another service that claim a key which is taken. */
  losers: Candidate[];
}

/**
 * Pure. An owner keeps its key while it lives, and through a recreation; replicas of one service are not a conflict.
 * @param isGone whether the container of an app has been away for longer than a recreation takes
 */
export function chooseOwners(
  candidates: readonly Candidate[],
  known: ReadonlyMap<string, App>,
  isGone: (app: App) => boolean,
): Owners {
  const result: Owners = { owners: [], replicas: [], losers: [] };
  for (const [key, group] of groupBy(candidates, (candidate) => candidate.key)) {
    const bases = groupBy(group, (candidate) => candidate.identity.base);
    const app = known.get(key) ?? firstNumbered(key, known);
    const winner = winnerOf(bases, app, isGone);
    for (const [base, members] of bases) {
      if (base === winner) seat(key, members, result);
      else result.losers.push(...members);
    }
    if (bases.size > 1 || winner === undefined) {
      for (const candidate of group)
        candidate.problems.push(problem('identity-conflict', { params: { key, prefix: 'backup' } }));
    }
  }
  return result;
}

const firstNumbered = (key: string, known: ReadonlyMap<string, App>): App | undefined =>
  known.get(`${key}/1`);

function winnerOf(
  bases: ReadonlyMap<string, Candidate[]>,
  app: App | undefined,
  isGone: (app: App) => boolean,
): string | undefined {
  const all = [...bases.entries()];
  const current = all.find(([, members]) =>
    members.some((member) => member.container.listed.id === app?.containerId),
  );
  const sameService = all.find(([, members]) => app !== undefined && isSameService(app, members[0]));
  const owner = current ?? sameService;
  // Between the removal and the new start of its owner, a key is not up for grabs.
  if (owner === undefined && app !== undefined && !isGone(app)) return undefined;
  // Nobody has it yet: the container that was created first.
  const first = [...all].sort((a, b) => createdAt(a[1]).localeCompare(createdAt(b[1])))[0];
  return (owner ?? first)?.[0];
}

const createdAt = (members: readonly Candidate[]): string =>
  members.map((member) => member.container.listed.createdAt).sort()[0] ?? '~';

function isSameService(app: App, member: Candidate | undefined): boolean {
  if (member === undefined) return false;
  if (app.service === null && member.identity.service === null)
    return member.identity.base === `name:${app.containerName ?? ''}`;
  return app.service === member.identity.service && app.project === member.identity.project;
}

function seat(key: string, members: readonly Candidate[], result: Owners): void {
  const ranked = [...members].sort(byFitness);
  const all =
    ranked.find((member) => member.declaration.replicas !== undefined)?.declaration.replicas === 'all';
  if (all) {
    // While one is recreated there are two of its number.
    for (const [number, [first, ...others]] of groupBy(ranked, ({ identity }) => String(identity.number))) {
      if (first !== undefined) result.owners.push({ key: `${key}/${number}`, candidate: first });
      result.replicas.push(...others);
    }
    return;
  }
  const [first, ...others] = ranked;
  if (first !== undefined) result.owners.push({ key, candidate: first });
  result.replicas.push(...others);
}

/** Running and healthy before not, then the lowest number, then the newest: a recreated container is newer than the one it replaces. */
function byFitness(a: Candidate, b: Candidate): number {
  return (
    fitnessOf(b) - fitnessOf(a) ||
    a.identity.number - b.identity.number ||
    b.container.listed.createdAt.localeCompare(a.container.listed.createdAt)
  );
}

function fitnessOf({ container }: Candidate): number {
  if (container.listed.state !== 'running') return 0;
  return container.listed.health === 'unhealthy' ? 1 : 2;
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
