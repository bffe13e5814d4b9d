import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { BackupFailure } from '../core/failure.js';
import type { ContainerLookup, InspectedContainer } from '../docker/docker.gateway.js';
import type { ExportSource } from './exporter.js';

/** Where a request goes. */
export interface AppTarget {
  scheme: 'http' | 'https';
  /** IP of the container on its network, or the host of an address given by hand. */
  address: string;
  port: number;
  hostName: string;
  /** Before `/backup/…`, without a slash at its end. */
  basePath: string;
  /** Who it is, for error messages. */
  label: string;
}

/**
 * Finds out where an app is, right before it is asked: Docker gives a freed address to the next container at once.
 * @throws container-not-running, container-not-on-network, port-unknown, address-forbidden, docker-unavailable
 */
export async function resolveTarget(source: ExportSource, docker: ContainerLookup): Promise<AppTarget> {
  if (source.url !== null) return byHand(source.url);
  const container = source.containerId === null ? null : await docker.inspect(source.containerId);
  if (container?.state !== 'running') {
    throw new BackupFailure('container-not-running', {
      detail: container === null ? 'it is gone' : `it is ${container.state}`,
    });
  }
  const { settings } = source;
  const address = container.networks[settings.network.value] ?? '';
  if (address === '') {
    const attached = Object.keys(container.networks).join(', ');
    throw new BackupFailure('container-not-on-network', {
      detail: `${settings.network.value}; it is on: ${attached === '' ? 'none' : attached}`,
    });
  }
  refuseForbidden(address);
  const port = settings.port.value ?? onlyPortOf(container);
  return {
    scheme: settings.scheme.value,
    address,
    port,
    hostName: container.name,
    basePath: settings.path.value,
    label: container.name,
  };
}

function onlyPortOf(container: InspectedContainer): number {
  const [port, ...others] = container.exposedPorts;
  if (port !== undefined && others.length === 0) return port;
  const exposed = container.exposedPorts.join(', ');
  throw new BackupFailure('port-unknown', {
    detail: exposed === '' ? 'the container exposes none' : `the container exposes ${exposed}`,
  });
}

/** A person typed it: private and loopback addresses are theirs to choose. */
function byHand(address: string): AppTarget {
  const url = new URL(address);
  const scheme = url.protocol === 'https:' ? 'https' : 'http';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? (scheme === 'https' ? 443 : 80) : Number(url.port);
  return {
    scheme,
    address: host,
    port,
    hostName: url.hostname,
    basePath: url.pathname.replace(/\/+$/, ''),
    label: url.host,
  };
}

/** Loopback, link-local, unspecified, multicast, and whatever the agent itself listens on. */
function refuseForbidden(address: string): void {
  const own = Object.values(networkInterfaces())
    .flatMap((interfaces) => interfaces ?? [])
    .map((found) => found.address);
  const v4 = /^(0|127|169\.254|2(2[4-9]|3\d))\./.test(address);
  const v6 = isIP(address) === 6 && /^(::1?$|::ffff:|fe[89ab]|ff)/i.test(address);
  if (v4 || v6 || own.includes(address)) throw new BackupFailure('address-forbidden', { detail: address });
}
