import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import type { Agent } from '../bed/agent.js';
import { run } from '../bed/shell.js';
import { digestOf, filesBelow } from './files.js';

/** What lies at a destination, seen without the agent and without its rclone. */
export interface Shelf {
  /** Paths of all objects below the destination's root, sorted. */
  names(): string[];
  /** In bytes; null when there is no such object. */
  size(name: string): number | null;
  /** sha256 of the stored bytes. */
  digest(name: string): Promise<string>;
  text(name: string): string;
}

/** A destination whose objects are files of this machine. */
export function folderShelf(root: string): Shelf {
  const path = (name: string): string => join(root, name);
  return {
    names: () => filesBelow(root),
    size: (name) => (existsSync(path(name)) ? statSync(path(name)).size : null),
    digest: (name) => digestOf(path(name)),
    text: (name) => readFileSync(path(name), 'utf8'),
  };
}

/** A stand-in whose objects are held in memory. */
export const bytesShelf = (names: () => string[], bytes: (name: string) => Buffer | null): Shelf => ({
  names,
  size: (name) => bytes(name)?.length ?? null,
  digest: (name) =>
    Promise.resolve(
      createHash('sha256')
        .update(bytes(name) ?? '')
        .digest('hex'),
    ),
  text: (name) => String(bytes(name)),
});

const isOurs = (name: string): boolean =>
  name.endsWith('.manifest.json') || /(^|\/)\.backup-orchestrator[^/]*\.json$/.test(name);

const finalsOn = (shelf: Shelf): string[] => shelf.names().filter((name) => !isOurs(name));

/** Objects under a final name. */
export const finalsBelow = (folder: string): string[] => finalsOn(folderShelf(folder));

export interface Copy {
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
 * every failure says what it is, an earlier good copy is still there, and at most one rclone is alive.
 * @param roots each destination by name: a folder, or a shelf
 */
export async function assertAll(
  agent: Agent,
  roots: Readonly<Record<string, string | Shelf>>,
  earlier: readonly Copy[] = [],
  foreign: readonly string[] = [],
): Promise<void> {
  const copies = await copiesOf(agent);
  for (const [destination, root] of Object.entries(roots)) {
    const shelf = typeof root === 'string' ? folderShelf(root) : root;
    await assertShelf(
      shelf,
      copies.filter((copy) => copy.destination === destination),
      foreign,
    );
  }
  expect(copies.filter(({ destination }) => roots[destination] === undefined)).toEqual([]);
  for (const copy of earlier)
    expect(copies).toContainEqual(
      expect.objectContaining({ id: copy.id, sha256: copy.sha256, state: 'verified' }),
    );
  await assertJobs(agent);
  expect(filesBelow(agent.dataDir).filter((name) => name.includes('rclone-spool'))).toEqual([]);
  expect((await rclonesOf(agent.dataDir)).length).toBeLessThanOrEqual(1);
}

async function assertShelf(shelf: Shelf, copies: readonly Copy[], foreign: readonly string[]): Promise<void> {
  for (const copy of copies.filter(({ state }) => state === 'verified' || state === 'suspicious')) {
    const { object_key: name, size_bytes, sha256 } = copy;
    expect({ name, size: shelf.size(name) }).toEqual({ name, size: size_bytes });
    expect(await shelf.digest(name)).toBe(sha256);
    expect(JSON.parse(shelf.text(`${name}.manifest.json`))).toMatchObject({ sha256, size_bytes });
  }
  const known = [...copies.map((copy) => copy.object_key), ...foreign];
  expect(finalsOn(shelf).filter((name) => !known.includes(name))).toEqual([]);
  expect(shelf.names().filter((name) => name.endsWith('.partial') && !foreign.includes(name))).toEqual([]);
}

async function assertJobs(agent: Agent): Promise<void> {
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

/** Pids of the rclone daemons that work on a data folder. */
export async function rclonesOf(dataDir: string): Promise<number[]> {
  const { stdout } = await run('pgrep', ['-f', `rcd .*${dataDir}`], { mayFail: true });
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map(Number);
}
