import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { AppConfig } from '../config/app-config.js';

export type SecretSources = Pick<AppConfig, 'tokens' | 'secretsDir'>;

/** Where a secret that nobody typed in comes from. */
export type GivenFrom = 'environment' | 'file';

const SECRET_NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** The value of `BACKUP_TOKEN_<NAME>` or of the file `NAME` in `SECRETS_DIR`; null when there is neither. */
export async function givenSecret(name: string, sources: SecretSources): Promise<string | null> {
  const given = findNamed(sources.tokens, name);
  if (given !== undefined || sources.secretsDir === null || !SECRET_NAME.test(name)) return given ?? null;
  try {
    return (await readFile(join(sources.secretsDir, name), 'utf8')).replace(/\r?\n$/, '');
  } catch {
    return null;
  }
}

/** Names of what the environment and the folder offer, in the form that labels use. */
export async function givenNames(sources: SecretSources): Promise<Map<string, GivenFrom>> {
  const names = new Map<string, GivenFrom>();
  const files = sources.secretsDir === null ? [] : await readdir(sources.secretsDir).catch(() => []);
  for (const file of files) if (SECRET_NAME.test(file)) names.set(file, 'file');
  for (const name of sources.tokens.keys()) names.set(name, 'environment');
  return names;
}

/** The environment has no dashes or dots: there `my-app` is found as `my_app`. Pure. */
export function findNamed<T>(named: ReadonlyMap<string, T>, name: string): T | undefined {
  return named.get(name) ?? named.get(name.replaceAll(/[-.]/g, '_'));
}
