import type { SecretGrant } from './secret.entity.js';

/** Who asks for a secret, by what the engine says of the container. */
export interface SecretOwner {
  project: string | null;
  service: string | null;
  containerName: string | null;
}

/** Whether a secret may be sent to an owner, and is there to be sent. */
export type SecretState = 'ok' | 'not-allowed' | 'missing';

const plain = (name: string): string => name.toLowerCase().replaceAll('_', '-');

/**
 * What a grant is for: `project/service`, the swarm service, or the container. Not the app's key: a label can choose
 * that, and a grant must not pass to whoever claims the key next. Pure.
 */
export function ownerName({ project, service, containerName }: SecretOwner): string {
  if (project !== null && service !== null) return `${project}/${service}`;
  return service ?? `container ${containerName ?? '?'}`;
}

/** A secret that is named after the compose project or service needs nobody's word. Pure. */
export function isNamedAfter({ project, service }: SecretOwner, secret: string): boolean {
  return [project, service].some((name) => name !== null && plain(name) === plain(secret));
}

/** Pure. */
export function maySend(
  owner: SecretOwner,
  secret: string,
  grants: readonly Pick<SecretGrant, 'secret' | 'owner'>[],
): boolean {
  if (isNamedAfter(owner, secret)) return true;
  const name = ownerName(owner);
  return grants.some((grant) => grant.secret === secret && grant.owner === name);
}

/** The name in `secret:NAME`; null for other references. Pure. */
export function secretIn(tokenRef: string | undefined): string | null {
  return /^secret:(.+)$/.exec(tokenRef ?? '')?.[1] ?? null;
}
