import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onEnd } from '../bed/reaper.js';
import { cacheDir } from '../bed/setup/places.mjs';
import { run } from '../bed/shell.js';

const SUITE = 'bookworm';
/** What the images need, and what the Dockerfile installs: its `apt-get install` then finds all there, at the same names. */
const PACKAGES = [
  'ca-certificates',
  'tini',
  'g++',
  'make',
  'python3',
  'rclone',
  'haproxy',
  'busybox',
  'wget',
];

/** @returns the path of a tar of a small Debian; made once, then kept in the user's cache */
export async function debianRoot(): Promise<string> {
  const key = createHash('sha256').update(PACKAGES.join()).digest('hex').slice(0, 8);
  const cached = join(cacheDir(), `debian-${SUITE}-${process.arch}-${key}.tar.gz`);
  if (existsSync(cached)) return cached;
  mkdirSync(cacheDir(), { recursive: true });
  const folder = mkdtempSync(join(tmpdir(), 'bo-debian-'));
  const remove = await onEnd({ remove: folder });
  const root = join(folder, 'root');
  await run('debootstrap', [
    '--variant=minbase',
    `--include=${PACKAGES.join()}`,
    SUITE,
    root,
    debianMirror(),
  ]);
  // Under another name first: a cut-off tar must not be taken for a whole one.
  const draft = `${cached}.${process.pid}`;
  const undoDraft = await onEnd({ remove: draft });
  await run('sh', [
    '-c',
    `tar -C ${root} --exclude ./var/cache/apt/archives/*.deb -c . | gzip -1 > ${draft}`,
  ]);
  renameSync(draft, cached);
  await undoDraft();
  await remove();
  return cached;
}

/** The mirror that this machine uses, where it is a Debian. */
export function debianMirror(): string {
  const folder = '/etc/apt/sources.list.d';
  const extra = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
  const text = ['/etc/apt/sources.list', ...extra]
    .filter((file) => existsSync(file))
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
  const mirror = /^(?:URIs:|deb(?: \[.*?\])?) *(http:\S+\/debian)\/?(?: |$)/m.exec(text)?.[1];
  if (mirror === undefined) throw new Error('no Debian mirror over http is configured in /etc/apt');
  return mirror;
}
