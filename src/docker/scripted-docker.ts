import type { Observable } from 'rxjs';
import { Subject, merge, of } from 'rxjs';
import { BackupFailure } from '../core/failure.js';
import { DockerGateway } from './docker.gateway.js';
import type { DockerHint, InspectedContainer, ListedContainer } from './docker.gateway.js';

/** An engine in memory, for specs: containers come and go, and calls fail when told to. */
export class ScriptedDocker extends DockerGateway {
  readonly calls = { list: 0, inspect: 0 };
  private readonly containers = new Map<string, InspectedContainer>();
  private readonly environments = new Map<string, Readonly<Record<string, string>>>();
  private readonly baked = new Map<string, Readonly<Record<string, string>>>();
  private readonly unreadable = new Set<string>();
  private readonly stream = new Subject<DockerHint>();
  private outage: string | null = null;

  /** Puts a container there, or replaces what is known of it; says nothing by itself. */
  put(container: InspectedContainer, environment: Readonly<Record<string, string>> = {}): void {
    this.containers.set(container.id, container);
    this.environments.set(container.id, environment);
  }

  drop(containerId: string): void {
    this.containers.delete(containerId);
  }

  bake(imageId: string, labels: Readonly<Record<string, string>>): void {
    this.baked.set(imageId, labels);
  }

  /** Inspections of this container fail until told otherwise. */
  wedge(containerId: string, isWedged = true): void {
    if (isWedged) this.unreadable.add(containerId);
    else this.unreadable.delete(containerId);
  }

  tell(action: string, containerId: string): void {
    this.stream.next({ kind: 'container', containerId, action, at: 0 });
  }

  /** Every call fails with this detail; null = the engine is back, and says so. */
  breakDown(detail: string | null): void {
    this.outage = detail;
    if (detail === null)
      this.stream.next({ kind: 'connection', containerId: '', action: 'connected', at: 0 });
  }

  override async list(): Promise<ListedContainer[]> {
    this.calls.list += 1;
    await this.answer();
    return [...this.containers.values()].map(listedOf);
  }

  override async inspect(containerId: string): Promise<InspectedContainer | null> {
    this.calls.inspect += 1;
    await this.answer();
    if (this.unreadable.has(containerId))
      throw new BackupFailure('docker-unavailable', { detail: 'a container was not answered' });
    return this.containers.get(containerId) ?? null;
  }

  override async environmentValue(containerId: string, name: string): Promise<string | null> {
    await this.answer();
    return this.environments.get(containerId)?.[name] ?? null;
  }

  override async imageLabels(imageId: string): Promise<Readonly<Record<string, string>>> {
    await this.answer();
    return this.baked.get(imageId) ?? {};
  }

  override hints(): Observable<DockerHint> {
    const opened: DockerHint = { kind: 'connection', containerId: '', action: 'connected', at: 0 };
    return merge(of(opened), this.stream);
  }

  override status(): { connected: boolean; detail: string; apiVersion: string | null } {
    return { connected: this.outage === null, detail: this.outage ?? '', apiVersion: '1.41' };
  }

  private async answer(): Promise<void> {
    await Promise.resolve();
    if (this.outage !== null) throw new BackupFailure('docker-unavailable', { detail: this.outage });
  }
}

function listedOf(container: InspectedContainer): ListedContainer {
  const { exposedPorts: _ports, aliases: _aliases, ...listed } = container;
  return listed;
}
