import type { InspectedContainer } from '../../src/docker/docker.gateway.js';

let count = 0;

/** A running container on `backups_net` with one exposed port; each test says only what matters to it. */
export function aContainer(with_: Partial<InspectedContainer> = {}): InspectedContainer {
  count += 1;
  const id = with_.id ?? count.toString(16).padStart(64, '0');
  return {
    id,
    name: `container-${count}`,
    image: 'app:1',
    imageId: 'sha256:app',
    state: 'running',
    labels: {},
    networks: { backups_net: '172.30.0.2' },
    networkMode: 'default',
    exposedPorts: [8080],
    aliases: [],
    health: 'none',
    createdAt: new Date(Date.UTC(2026, 0, 1) + count * 1000).toISOString(),
    ...with_,
  };
}

/** Labels as compose writes them. */
export const composed = (project: string, service: string, number = 1): Record<string, string> => ({
  'com.docker.compose.project': project,
  'com.docker.compose.service': service,
  'com.docker.compose.container-number': String(number),
});
