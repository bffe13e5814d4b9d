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

/** Pure. An owner keeps its key while it lives; replicas of one service are not a conflict. */
export function chooseOwners(candidates: readonly Candidate[], known: ReadonlyMap<string, App>): Owners {
  const result: Owners = { owners: [], replicas: [], losers: [] };
  for (const [key, group] of groupBy(candidates, (candidate) => candidate.key)) {
    const bases = groupBy(group, (candidate) => candidate.identity.base);
    const winner = winnerOf(bases, known.get(key) ?? firstNumbered(key, known));
    for (const [base, members] of bases) {
      if (base === winner) seat(key, members, result);
      else result.losers.push(...members);
    }
    if (bases.size > 1) {
      for (const candidate of group)
        candidate.problems.push(problem('identity-conflict', { params: { key, prefix: 'backup' } }));
    }
  }
  return result;
}

const firstNumbered = (key: string, known: ReadonlyMap<string, App>): App | undefined =>
  known.get(`${key}/1`);

function winnerOf(bases: ReadonlyMap<string, Candidate[]>, app: App | undefined): string | undefined {
  const all = [...bases.entries()];
  const current = all.find(([, members]) =>
    members.some((member) => member.container.listed.id === app?.containerId),
  );
  const sameService = all.find(([, members]) => app !== undefined && isSameService(app, members[0]));
  // Nobody has it yet: the container that was created first.
  const first = [...all].sort((a, b) => createdAt(a[1]).localeCompare(createdAt(b[1])))[0];
  return (current ?? sameService ?? first)?.[0];
}

const createdAt = (members: readonly Candidate[]): string =>
  members.map((member) => member.container.inspected?.createdAt ?? '~').sort()[0] ?? '~';

function isSameService(app: App, member: Candidate | undefined): boolean {
  if (member === undefined || app.service === null) return false;
  return app.service === member.identity.service && app.project === member.identity.project;
}

function seat(key: string, members: readonly Candidate[], result: Owners): void {
  const ranked = [...members].sort(byFitness);
  const all =
    ranked.find((member) => member.declaration.replicas !== undefined)?.declaration.replicas === 'all';
  if (all && members.length > 0) {
    result.owners.push(
      ...ranked.map((candidate) => ({ key: `${key}/${candidate.identity.number}`, candidate })),
    );
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
    (b.container.inspected?.createdAt ?? '').localeCompare(a.container.inspected?.createdAt ?? '')
  );
}

function fitnessOf({ container }: Candidate): number {
  if (container.listed.state !== 'running') return 0;
  return container.inspected?.health === 'unhealthy' ? 1 : 2;
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
