import type { Observable } from 'rxjs';

export type ContainerState = 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead';

/** What a listing tells of a container; enough to reconcile without inspecting each. */
export interface ListedContainer {
  id: string;
  /** Without the leading slash. */
  name: string;
  image: string;
  imageId: string;
  state: ContainerState;
  labels: Readonly<Record<string, string>>;
  /** Address by network name: IPv4, else global IPv6, else empty while there is none. */
  networks: Readonly<Record<string, string>>;
  /** `default`, `host`, `none`, `container:…`, or a network's name. */
  networkMode: string;
  health: 'none' | 'starting' | 'healthy' | 'unhealthy';
  /** ISO 8601; a listing tells it to the second. */
  createdAt: string;
}

/** What only an inspection tells. */
export interface InspectedContainer extends ListedContainer {
  /** TCP ports of EXPOSE, ascending. */
  exposedPorts: readonly number[];
  /** DNS names of the container on each network (aliases); for checking the host of `backup.url`. */
  aliases: readonly string[];
}

/** Something happened to a container; a hint to look again, never the truth. */
export interface DockerHint {
  kind: 'container' | 'connection';
  /** Container id; empty for `connection` (the stream was opened again: list everything). */
  containerId: string;
  action: string;
  /** Seconds since the epoch by the engine's clock. */
  at: number;
}

/** The engine, as far as we need it: GET on _ping, version, info, events, containers, networks, images. Every call has its own deadline and fails with `docker-unavailable`. */
export abstract class DockerGateway {
  /** All containers, also stopped ones. @throws BackupFailure; a failed or odd listing is never an empty one */
  abstract list(): Promise<ListedContainer[]>;

  /** @returns null when there is no such container */
  abstract inspect(containerId: string): Promise<InspectedContainer | null>;

  /** One variable of the container's own environment; the rest of the environment is not kept. @returns null when unset */
  abstract environmentValue(containerId: string, name: string): Promise<string | null>;

  /** Labels baked into an image. */
  abstract imageLabels(imageId: string): Promise<Readonly<Record<string, string>>>;

  /** Never completes, never errors: reconnects by itself with backoff and tells of it by a `connection` hint. */
  abstract hints(): Observable<DockerHint>;

  /** Whether the engine answered the last ping, and why not. */
  abstract status(): { connected: boolean; detail: string; apiVersion: string | null };
}

/** What is asked of the engine right before an app is called. */
export type ContainerLookup = Pick<DockerGateway, 'inspect' | 'environmentValue'>;
