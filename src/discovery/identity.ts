/** Who a container is, by what the engine and compose say of it. */
export interface Identity {
  /** `swarm:service`, `compose:project/service` or `name:container`: what it is without a label of its own. */
  base: string;
  project: string | null;
  service: string | null;
  /** Which replica it is, from 1. */
  number: number;
  /** `docker compose run`: carries all labels of the service, but is not it. */
  oneOff: boolean;
}

/** Compose v2 and v1 prefix the name of a container that is being replaced with its id. */
const REPLACED_NAME = /^[0-9a-f]{12}_/;

type Labels = Readonly<Record<string, string>>;

export function identityOf(labels: Labels, name: string): Identity {
  const oneOff = labels['com.docker.compose.oneoff']?.toLowerCase() === 'true';
  const who = bySwarm(labels) ??
    byCompose(labels) ?? {
      base: `name:${name.replace(REPLACED_NAME, '')}`,
      project: null,
      service: null,
      number: 1,
    };
  return { ...who, oneOff };
}

/** As compose and swarm name things; anything else was not written by them, and would make keys ambiguous. */
const PLAIN_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

const given = (labels: Labels, name: string): string | null => {
  const value = labels[name];
  return value !== undefined && PLAIN_NAME.test(value) ? value : null;
};

function bySwarm(labels: Labels): Omit<Identity, 'oneOff'> | null {
  const swarm = given(labels, 'com.docker.swarm.service.name');
  if (swarm === null) return null;
  const slot = /\.(\d{1,6})\.[a-z0-9]+$/.exec(labels['com.docker.swarm.task.name'] ?? '')?.[1];
  const stack = given(labels, 'com.docker.stack.namespace');
  const service = stack !== null && swarm.startsWith(`${stack}_`) ? swarm.slice(stack.length + 1) : swarm;
  return { base: `swarm:${swarm}`, project: stack, service, number: Number(slot ?? 1) };
}

function byCompose(labels: Labels): Omit<Identity, 'oneOff'> | null {
  const project = given(labels, 'com.docker.compose.project');
  const service = given(labels, 'com.docker.compose.service');
  if (project === null || service === null) return null;
  const number = /^[1-9]\d{0,5}$/.exec(labels['com.docker.compose.container-number'] ?? '1')?.[0];
  return {
    base: `compose:${project}/${service}`,
    project,
    service,
    number: Number(number ?? 1),
  };
}
