import { createHash } from 'node:crypto';

/** `[a-z0-9._-]`, 40 at most; a taken one gets a suffix made from the key, so that it is the same on every machine. */
export function freeSlug(wanted: string, key: string, isTaken: (slug: string) => boolean): string {
  const base =
    wanted
      .normalize('NFKD')
      .toLowerCase()
      .replace(/[^a-z0-9._-]+/g, '-')
      .slice(0, 40)
      .replace(/^[-._]+|[-._]+$/g, '') || 'app';
  if (!isTaken(base)) return base;
  const digest = createHash('sha256').update(key).digest('hex');
  for (let length = 6; length < digest.length; length += 2) {
    const slug = `${base}-${digest.slice(0, length)}`;
    if (!isTaken(slug)) return slug;
  }
  throw new Error(`no free slug for ${key}`);
}
