import type { ContainerState, InspectedContainer, ListedContainer } from './docker.gateway.js';

interface EndpointShape {
  IPAddress?: string;
  GlobalIPv6Address?: string;
  Aliases?: string[] | null;
  DNSNames?: string[] | null;
}

type Endpoints = Readonly<Record<string, EndpointShape | null>>;

/** What engines really answer: the client's own types promise more than that. */
export interface ListedShape {
  Id: string;
  Names?: string[];
  Image: string;
  ImageID: string;
  State: string;
  /** For people, e.g. `Up 2 minutes (unhealthy)`. */
  Status?: string;
  /** Seconds since the epoch. */
  Created?: number;
  Labels?: Record<string, string> | null;
  NetworkSettings?: { Networks?: Endpoints | null } | null;
  HostConfig?: { NetworkMode?: string } | null;
}

export interface InspectedShape {
  Id: string;
  Name: string;
  Image: string;
  Created: string;
  State: { Status: string; Health?: { Status?: string } | null };
  Config: {
    Image: string;
    Labels?: Record<string, string> | null;
    Env?: string[] | null;
    ExposedPorts?: Record<string, object> | null;
  };
  NetworkSettings?: { Networks?: Endpoints | null } | null;
  HostConfig?: { NetworkMode?: string } | null;
}

const bare = (name: string): string => name.replace(/^\//, '');

const addressOf = (endpoint: EndpointShape | null): string =>
  endpoint?.IPAddress || endpoint?.GlobalIPv6Address || '';

const addressesIn = (endpoints: Endpoints | undefined | null): Record<string, string> =>
  Object.fromEntries(Object.entries(endpoints ?? {}).map(([name, endpoint]) => [name, addressOf(endpoint)]));

/** A name without a slash inside: a linked container has further names through its links. */
const nameIn = (names: readonly string[] | undefined): string =>
  bare(names?.find((name) => !bare(name).includes('/')) ?? '');

export function listedFrom(info: ListedShape): ListedContainer {
  return {
    id: info.Id,
    name: nameIn(info.Names),
    image: info.Image,
    imageId: info.ImageID,
    state: info.State as ContainerState,
    labels: info.Labels ?? {},
    networks: addressesIn(info.NetworkSettings?.Networks),
    networkMode: info.HostConfig?.NetworkMode ?? 'default',
    health: healthIn(/\((?:health: )?(\w+)\)$/.exec(info.Status ?? '')?.[1]),
    createdAt: new Date((info.Created ?? 0) * 1000).toISOString(),
  };
}

export function inspectedFrom(info: InspectedShape): InspectedContainer {
  const endpoints: Endpoints = info.NetworkSettings?.Networks ?? {};
  const aliases = Object.values(endpoints).flatMap((endpoint) => [
    ...(endpoint?.Aliases ?? []),
    ...(endpoint?.DNSNames ?? []),
  ]);
  return {
    id: info.Id,
    name: bare(info.Name),
    image: info.Config.Image,
    imageId: info.Image,
    state: info.State.Status as ContainerState,
    labels: info.Config.Labels ?? {},
    networks: addressesIn(endpoints),
    networkMode: info.HostConfig?.NetworkMode ?? 'default',
    exposedPorts: exposedIn(info.Config.ExposedPorts),
    aliases: [...new Set(aliases)],
    health: healthIn(info.State.Health?.Status),
    createdAt: info.Created,
  };
}

function exposedIn(ports: Record<string, object> | null | undefined): number[] {
  return Object.keys(ports ?? {})
    .flatMap((port) => /^(\d+)\/tcp$/.exec(port)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

function healthIn(status: string | undefined): ListedContainer['health'] {
  return status === 'starting' || status === 'healthy' || status === 'unhealthy' ? status : 'none';
}
