import type { SecretKeeper } from '../apps/secret-keeper.js';
import { BackupFailure } from '../core/failure.js';
import { rememberSecret } from '../core/redact.js';
import type { ContainerLookup } from '../docker/docker.gateway.js';
import type { ExportSource } from './exporter.js';

/** What is needed of the keeper of secrets to send one. */
export type TokenSecrets = Pick<SecretKeeper, 'maySend' | 'valueOf'>;

/**
 * The token for an app, right before it is sent.
 * `env:` reads the container's own environment, so a container can only ever receive its own; `secret:` is given only
 * to the compose project or service that it is named after, or that a person allowed it to.
 * @returns null when the app is asked without one
 * @throws token-missing, token-not-allowed
 */
export async function resolveToken(
  source: ExportSource,
  docker: ContainerLookup,
  secrets: TokenSecrets,
): Promise<string | null> {
  const token = source.url === null ? await tokenOfContainer(source, docker, secrets) : source.token;
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
  secrets: TokenSecrets,
): Promise<string | null> {
  const ref = source.settings.tokenRef.value;
  if (ref.from === 'none') return null;
  if (ref.from === 'env') {
    const value =
      source.containerId === null ? null : await docker.environmentValue(source.containerId, ref.name);
    if (value !== null && value !== '') return value;
    throw new BackupFailure('token-missing', { detail: `the container has no variable ${ref.name}` });
  }
  if (!(await secrets.maySend(source, ref.name)))
    throw new BackupFailure('token-not-allowed', { detail: `secret:${ref.name}` });
  const value = await opened(ref.name, secrets);
  if (value !== null && value !== '') return value;
  throw new BackupFailure('token-missing', { detail: `the agent keeps no secret ${ref.name}` });
}

async function opened(name: string, secrets: TokenSecrets): Promise<string | null> {
  try {
    return await secrets.valueOf(name);
  } catch (error) {
    const detail = `APP_SECRET_KEY is not the one that the secret ${name} was stored with`;
    throw new BackupFailure('token-missing', { detail }, { cause: error });
  }
}
