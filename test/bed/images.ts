import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { atEnd } from './cleanup.js';
import type { Engine } from './engine.js';
import { onEnd } from './reaper.js';
import { run } from './shell.js';

const APP_FOLDER = fileURLToPath(new URL('export-app', import.meta.url));

/** Images made on the spot: no registry is asked. */
export interface BedImages {
  /** The sample export app; exposes 8080. */
  app: string;
  /** A shell and nothing else. */
  busybox: string;
}

export async function makeImages(engine: Engine): Promise<BedImages> {
  const tag = `bed-${process.pid}`;
  const images = { app: `bo-bed/app:${tag}`, busybox: `bo-bed/busybox:${tag}` };
  await importFolder(engine, images.app, await nodeTree(), [
    'EXPOSE 8080',
    'CMD ["/bin/node","/app/server.mjs"]',
  ]);
  await importFolder(engine, images.busybox, busyboxTree(), [
    // It waits without waking: with one `sleep 1` after the other 200 of them keep more than a core busy.
    `CMD ["/bin/sh","-c","trap 'exit 0' TERM; sleep 2147483647 & wait"]`,
  ]);
  if (!engine.isOurs)
    atEnd(async () => {
      await engine.docker(['rmi', '-f', images.app, images.busybox], { mayFail: true });
    });
  return images;
}

/** Imports a folder as an image and removes the folder. */
export async function importFolder(
  engine: Engine,
  tag: string,
  folder: string,
  changes: readonly string[],
): Promise<void> {
  const tar = `${folder}.tar`;
  const undo = [await onEnd({ remove: folder }), await onEnd({ remove: tar })];
  try {
    await run('tar', ['-C', folder, '-cf', tar, '.']);
    await engine.docker(['import', ...changes.flatMap((change) => ['--change', change]), tar, tag]);
  } finally {
    for (const remove of undo) await remove();
  }
}

/** The running Node with its libraries, and the export app. */
async function nodeTree(): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), 'bo-image-'));
  for (const folder of ['bin', 'app', 'tmp', 'etc']) mkdirSync(join(root, folder), { recursive: true });
  const node = realpathSync(process.execPath);
  copyFileSync(node, join(root, 'bin/node'));
  const { stdout } = await run('ldd', [node]);
  for (const library of stdout.match(/\/\S+/g) ?? []) {
    mkdirSync(join(root, dirname(library)), { recursive: true });
    copyFileSync(realpathSync(library), join(root, library));
  }
  for (const file of readdirSync(APP_FOLDER).filter((name) => name.endsWith('.mjs'))) {
    writeFileSync(join(root, 'app', file), readFileSync(join(APP_FOLDER, file)));
  }
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0::/:/bin/sh\n');
  return root;
}

function busyboxTree(): string {
  const root = mkdtempSync(join(tmpdir(), 'bo-image-'));
  mkdirSync(join(root, 'bin'), { recursive: true });
  copyFileSync('/bin/busybox', join(root, 'bin/busybox'));
  for (const name of ['sh', 'sleep', 'true', 'wget', 'nc'])
    copyFileSync('/bin/busybox', join(root, 'bin', name));
  return root;
}
