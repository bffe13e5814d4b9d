import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect } from '@jest/globals';
import type { Agent } from '../bed/agent.js';

/** sha256 of a file, read now. */
export async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** Every file below a folder, relative to it. */
export function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

const isOurs = (name: string): boolean =>
  name.endsWith('.manifest.json') || /(^|\/)\.backup-orchestrator[^/]*\.json$/.test(name);

/** Objects under a final name. */
export const finalsBelow = (folder: string): string[] => filesBelow(folder).filter((name) => !isOurs(name));

interface Copy {
  id: string;
  destination: string;
  object_key: string;
  size_bytes: number;
  sha256: string;
  state: string;
}

export async function copiesOf(agent: Agent): Promise<Copy[]> {
  const apps = (await agent.api('GET', '/api/apps')).body.items as { id: string }[];
  const lists = await Promise.all(
    apps.map(async ({ id }) => (await agent.api('GET', `/api/apps/${id}/backups`)).body.items as Copy[]),
  );
  return lists.flat();
}

/**
 * What must hold after every fault (reliability, section 4): each copy that is called verified lies there with exactly
 * its bytes, each final object has its row, nothing of ours is left partial or empty, no run claims to be under way,
 * every failure says what it is, and an earlier good copy is still there.
 * @param roots folder of each destination by name
 */
export async function assertAll(
  agent: Agent,
  roots: Readonly<Record<string, string>>,
  earlier: readonly Copy[] = [],
): Promise<void> {
  const copies = await copiesOf(agent);
  for (const copy of copies.filter(({ state }) => state === 'verified' || state === 'suspicious')) {
    const path = join(roots[copy.destination] ?? '/nowhere', copy.object_key);
    expect({ path, size: existsSync(path) ? statSync(path).size : null }).toEqual({
      path,
      size: copy.size_bytes,
    });
    expect(await digestOf(path)).toBe(copy.sha256);
    expect(JSON.parse(readFileSync(`${path}.manifest.json`, 'utf8'))).toMatchObject({
      sha256: copy.sha256,
      size_bytes: copy.size_bytes,
    });
  }
  for (const [destination, root] of Object.entries(roots)) {
    const rows = copies.filter((copy) => copy.destination === destination).map((copy) => copy.object_key);
    expect(finalsBelow(root).filter((name) => !rows.includes(name))).toEqual([]);
    expect(filesBelow(root).filter((name) => name.endsWith('.partial'))).toEqual([]);
  }
  for (const copy of earlier)
    expect(copies).toContainEqual(
      expect.objectContaining({ id: copy.id, sha256: copy.sha256, state: 'verified' }),
    );
  const jobs = (await agent.api('GET', '/api/jobs?limit=200')).body.items as {
    state: string;
    outcome: string;
    error: { message: string; hint: string } | null;
  }[];
  for (const job of jobs) {
    expect(job.state).toBe('finished');
    if (job.outcome === 'succeeded') expect(job.error).toBeNull();
    else expect(job.error?.message.length).toBeGreaterThan(10);
  }
}
