import { atEnd } from './cleanup.js';
import type { Engine } from './engine.js';

export const BACKUPS_NETWORK = 'backups_net';

export interface ContainerOrder {
  image: string;
  name?: string;
  labels?: Readonly<Record<string, string>>;
  env?: Readonly<Record<string, string>>;
  network?: string;
  /** Further arguments of `docker run`. */
  args?: readonly string[];
  command?: readonly string[];
}

/** Makes the network of the backups unless it is there; removes it at the end only if it was ours. */
export async function ensureNetwork(engine: Engine, name = BACKUPS_NETWORK): Promise<void> {
  const known = await engine.docker(['network', 'ls', '--format', '{{.Name}}']);
  if (known.split('\n').includes(name)) return;
  await engine.docker(['network', 'create', name]);
  atEnd(async () => {
    await engine.docker(['network', 'rm', name], { mayFail: true });
  });
}

/** @returns the container's id */
export async function runContainer(engine: Engine, order: ContainerOrder): Promise<string> {
  const pairs = (flag: string, values: Readonly<Record<string, string>> = {}): string[] =>
    Object.entries(values).flatMap(([key, value]) => [flag, `${key}=${value}`]);
  const id = await engine.docker([
    'run', '-d', ...(order.name === undefined ? [] : ['--name', order.name]), '--network', order.network ?? BACKUPS_NETWORK,
    ...pairs('--label', order.labels), ...pairs('--env', order.env), ...(order.args ?? []), order.image, ...(order.command ?? []),
  ]); // prettier-ignore
  // A private engine ends with all its containers.
  if (!engine.isOurs)
    atEnd(async () => {
      await engine.docker(['rm', '-f', id], { mayFail: true });
    });
  return id;
}
