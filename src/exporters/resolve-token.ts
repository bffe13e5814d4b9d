import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AppConfig } from '../config/app-config.js';
import { BackupFailure } from '../core/failure.js';
import { rememberSecret } from '../core/redact.js';
import type { ContainerLookup } from '../docker/docker.gateway.js';
import type { ExportSource } from './exporter.js';

type TokenSources = Pick<AppConfig, 'tokens' | 'secretsDir'>;

/**
 * The token for an app, right before it is sent.
 * `env:` reads the container's own environment, so a container can only ever receive its own; `secret:` is given only
 * to the compose project or service that it is named after.
 * @returns null when the app is asked without one
 * @throws token-missing, token-not-allowed
 */
export async function resolveToken(
  source: ExportSource,
  docker: ContainerLookup,
  kept: TokenSources,
): Promise<string | null> {
  const token = source.url === null ? await tokenOfContainer(source, docker, kept) : source.token;
  rememberSecret(token);
  if (token !== null && !/^[\x20-\x7e\x80-\xff]*$/.test(token))
    throw new BackupFailure('token-missing', {
      detail: 'its value holds a line break or another character that no header can carry',
    });
  return token;
}

async function tokenOfContainer(
  source: ExportSource,
  docker: ContainerLookup,
  kept: TokenSources,
): Promise<string | null> {
  const ref = source.settings.tokenRef.value;
  if (ref.from === 'none') return null;
  if (ref.from === 'env') {
    const value =
      source.containerId === null ? null : await docker.environmentValue(source.containerId, ref.name);
    if (value !== null && value !== '') return value;
    throw new BackupFailure('token-missing', { detail: `the container has no variable ${ref.name}` });
  }
  if (!mayUse(source, ref.name))
    throw new BackupFailure('token-not-allowed', { detail: `secret:${ref.name}` });
  const value = await secretNamed(ref.name, kept);
  if (value !== null && value !== '') return value;
  throw new BackupFailure('token-missing', { detail: `the agent keeps no secret ${ref.name}` });
}

const plain = (name: string): string => name.toLowerCase().replaceAll('_', '-');

/** By what the engine says of the container, never by a name that its own labels chose. */
export function mayUse(owner: Pick<ExportSource, 'project' | 'service'>, secret: string): boolean {
  return [owner.project, owner.service].some((name) => name !== null && plain(name) === plain(secret));
}

async function secretNamed(name: string, kept: TokenSources): Promise<string | null> {
  const given = kept.tokens.get(name) ?? kept.tokens.get(name.replaceAll(/[-.]/g, '_'));
  if (given !== undefined || kept.secretsDir === null) return given ?? null;
  try {
    return (await readFile(join(kept.secretsDir, name), 'utf8')).replace(/\r?\n$/, '');
  } catch {
    return null;
  }
}
