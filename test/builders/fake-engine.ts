import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InspectedContainer } from '../../src/docker/docker.gateway.js';

/** What the engine does instead of answering properly. */
export type Fault = 'refuse' | 'buffer' | 'cut' | 'hang' | 'empty-200' | 'error-500' | 'object';

export interface FakeEngineOptions {
  /** Newest API that it speaks; from 1.52 on events and inspections have the shapes of Engine 29. */
  apiVersion?: string;
}

/** An engine's HTTP API on a unix socket, for shapes and faults that the engine at hand cannot produce. */
export class FakeEngine {
  readonly requests: string[] = [];
  /** By path without version prefix and query, e.g. `/containers/json`. */
  readonly faults = new Map<string, Fault>();
  readonly containers = new Map<string, InspectedContainer>();
  readonly environments = new Map<string, string[]>();
  readonly imageLabels = new Map<string, Record<string, string>>();
  private readonly folder = mkdtempSync(join(tmpdir(), 'bo-fake-engine-'));
  private readonly streams = new Set<ServerResponse>();
  private readonly server: Server;
  private readonly apiVersion: string;

  constructor(options: FakeEngineOptions = {}) {
    this.apiVersion = options.apiVersion ?? '1.41';
    this.server = createServer((request, response) => this.answer(request, response));
  }

  get host(): string {
    return `unix://${this.folder}/docker.sock`;
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(`${this.folder}/docker.sock`, resolve));
    return this;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    rmSync(this.folder, { recursive: true, force: true });
  }

  openStreams(): number {
    return this.streams.size;
  }

  /** Ends all streams of events, properly. */
  endStreams(): void {
    for (const stream of this.streams) stream.end();
  }

  /** Sends bytes as they are to everyone who listens. */
  sendRaw(bytes: string | Buffer): void {
    for (const stream of this.streams) stream.write(bytes);
  }

  tell(action: string, containerId: string, type = 'container'): void {
    this.sendRaw(`${JSON.stringify(this.event(action, containerId, type))}\n`);
  }

  private event(action: string, containerId: string, type: string): object {
    const attributes = type === 'network' ? { container: containerId, name: 'backups_net' } : { name: 'x' };
    const actor = { ID: type === 'network' ? 'net' : containerId, Attributes: attributes };
    const now = Date.now();
    const common = { Type: type, Action: action, Actor: actor, scope: 'local', time: Math.floor(now / 1000) };
    const isNew = Number(this.apiVersion.split('.')[1]) >= 52;
    return isNew ? common : { ...common, status: action, id: containerId, from: 'app:1' };
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const url = request.url ?? '';
    this.requests.push(`${request.method ?? ''} ${url}`);
    const path = url.replace(/^\/v1\.\d+/, '').replace(/\?.*$/, '');
    const fault = this.faults.get(path);
    if (fault === undefined) this.serve(path, response);
    else misbehave(fault, response);
  }

  private serve(path: string, response: ServerResponse): void {
    if (path === '/_ping') return void response.end('OK');
    if (path === '/version') {
      json(response, { ApiVersion: this.apiVersion, MinAPIVersion: '1.24', Version: 'fake' });
      return;
    }
    if (path === '/containers/json') {
      json(response, [...this.containers.values()].map(asListed));
      return;
    }
    if (path === '/events') {
      this.listen(response);
      return;
    }
    const id = /^\/containers\/(\w+)\/json$/.exec(path)?.[1];
    const container = id === undefined ? undefined : this.containers.get(id);
    if (container !== undefined) {
      json(response, this.asInspected(container));
      return;
    }
    const image = /^\/images\/(.+)\/json$/.exec(path)?.[1];
    if (image !== undefined) {
      json(response, { Config: { Labels: this.imageLabels.get(decodeURIComponent(image)) ?? null } });
      return;
    }
    json(response, { message: 'No such container' }, 404);
  }

  private listen(response: ServerResponse): void {
    this.streams.add(response);
    response.on('close', () => this.streams.delete(response));
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
  }

  private asInspected(container: InspectedContainer): object {
    const isNew = Number(this.apiVersion.split('.')[1]) >= 52;
    const networks = endpoints(container, isNew);
    const first = Object.values(container.networks)[0] ?? '';
    return {
      Id: container.id, Name: `/${container.name}`, Image: container.imageId, Created: container.createdAt,
      State: { Status: container.state, ...(container.health === 'none' ? {} : { Health: { Status: container.health } }) },
      Config: {
        Image: container.image, Labels: container.labels, Env: this.environments.get(container.id) ?? null,
        ExposedPorts: Object.fromEntries([...container.exposedPorts.map((port) => [`${port}/tcp`, {}]), ['53/udp', {}]]),
      },
      HostConfig: { NetworkMode: container.networkMode },
      // Engine 29 has no top-level addresses any more.
      NetworkSettings: isNew ? { Networks: networks } : { IPAddress: first, Gateway: '', Networks: networks },
    }; // prettier-ignore
  }
}

function endpoints(container: InspectedContainer, isNew: boolean): object {
  const names = isNew ? { Aliases: null, DNSNames: container.aliases } : { Aliases: container.aliases };
  return Object.fromEntries(
    Object.entries(container.networks).map(([network, address]) => [network, addressed(address, names)]),
  );
}

const addressed = (address: string, names: object): object =>
  address.includes(':')
    ? { IPAddress: '', GlobalIPv6Address: address, ...names }
    : { IPAddress: address, GlobalIPv6Address: '', ...names };

function asListed(container: InspectedContainer): object {
  return {
    Id: container.id,
    Names: [`/other/${container.name}`, `/${container.name}`],
    Image: container.image,
    ImageID: container.imageId,
    State: container.state,
    Status:
      container.health === 'none'
        ? 'Up 2 minutes'
        : `Up 2 minutes (${container.health === 'starting' ? 'health: starting' : container.health})`,
    Created: Math.floor(Date.parse(container.createdAt) / 1000),
    Labels: container.labels,
    HostConfig: { NetworkMode: container.networkMode },
    NetworkSettings: { Networks: endpoints(container, false) },
  };
}

function json(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function misbehave(fault: Fault, response: ServerResponse): void {
  switch (fault) {
    case 'refuse':
      response.writeHead(403, { 'content-type': 'text/html' }).end('<html><h1>403 Forbidden</h1></html>');
      return;
    case 'buffer':
      response.writeHead(200, { 'content-type': 'application/json' }).end('[{"Id":"abc"');
      return;
    case 'cut':
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
      response.write('[{"Id":"abc",', () => response.destroy());
      return;
    case 'hang':
      return;
    case 'empty-200':
      response.writeHead(200).end();
      return;
    case 'error-500':
      json(response, { message: 'the daemon is not well' }, 500);
      return;
    case 'object':
      json(response, { message: 'this is not a list' });
  }
}
