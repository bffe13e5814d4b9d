import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '../bed/engine.js';
import { onEnd } from '../bed/reaper.js';
import { cacheDir, ROOT } from '../bed/setup/places.mjs';
import { run } from '../bed/shell.js';
import { debianRoot } from './debian-root.js';

/** The names that the Dockerfile and the compose file really use: a changed name needs no change here. */
export interface BaseImages {
  node: string;
  rclone: string;
  haproxy: string;
}

export function namedBaseImages(): BaseImages {
  const text =
    readFileSync(join(ROOT, 'Dockerfile'), 'utf8') + readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8');
  const find = (pattern: RegExp): string => {
    const name = pattern.exec(text)?.[1];
    if (name === undefined) throw new Error(`no base image like ${pattern.source}`);
    return name;
  };
  return {
    node: find(/^FROM (node:\S+)/m),
    rclone: find(/^FROM (rclone\/\S+)/m),
    haproxy: find(/image: (haproxy:\S+)/),
  };
}

const CA_BUNDLE = '/etc/ssl/certs/ca-certificates.crt';

/** Local images under the names of the real base images, on an engine of our own only: no registry is asked. */
export async function makeStandIns(engine: Engine): Promise<BaseImages> {
  const names = namedBaseImages();
  const folder = mkdtempSync(join(tmpdir(), 'bo-stand-ins-'));
  const remove = await onEnd({ remove: folder });
  await engine.docker(['import', await debianRoot(), 'stand-in/debian']);
  await build(engine, folder, names.haproxy, HAPROXY);
  await build(engine, folder, names.rclone, RCLONE);
  await prepareNode(folder);
  await build(engine, folder, names.node, NODE);
  await remove();
  return names;
}

const HAPROXY = `FROM stand-in/debian
RUN ln -sf /bin/busybox /usr/local/bin/wget
USER haproxy
CMD ["haproxy", "-f", "/usr/local/etc/haproxy/haproxy.cfg"]
`;

const RCLONE = `FROM stand-in/debian
RUN cp /usr/bin/rclone /usr/local/bin/rclone
`;

/** Like the official image: Node, npm and headers below /usr/local, and the user `node` (1000). */
const NODE = `FROM stand-in/debian
COPY host-ca.crt /usr/local/share/host-ca.crt
COPY apt.conf /etc/apt/apt.conf.d/99host
COPY local /usr/local
RUN groupadd --gid 1000 node && useradd --uid 1000 --gid node --create-home node
ENV NODE_EXTRA_CA_CERTS=/usr/local/share/host-ca.crt
CMD ["node"]
`;

async function build(engine: Engine, context: string, tag: string, dockerfile: string): Promise<void> {
  writeFileSync(join(context, 'Dockerfile'), dockerfile);
  await run('docker', ['build', '-q', '-t', tag, context], { env: buildEnvironment(engine) });
}

/** The classic builder: buildx may be missing, and asks a registry about each base image. */
export function buildEnvironment(engine: Engine): NodeJS.ProcessEnv {
  return { ...process.env, DOCKER_HOST: engine.host, DOCKER_BUILDKIT: '0' };
}

async function prepareNode(folder: string): Promise<void> {
  const local = join(folder, 'local');
  mkdirSync(join(local, 'lib/node_modules/npm'), { recursive: true });
  mkdirSync(join(local, 'bin'), { recursive: true });
  mkdirSync(join(local, 'etc'), { recursive: true });
  const major = /node:(\d+)/.exec(namedBaseImages().node)?.[1] ?? '';
  const unpack = (tarball: string, into: string): Promise<unknown> =>
    run('tar', ['-xzf', tarball, '-C', into, '--strip-components=1', '--no-same-owner']);
  await unpack(await packed(`node-linux-${process.arch}`, major), local);
  await unpack(await packed('npm', '11'), join(local, 'lib/node_modules/npm'));
  for (const name of ['npm', 'npx'])
    symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, join(local, 'bin', name));
  copyFileSync(CA_BUNDLE, join(folder, 'host-ca.crt'));
  writeFileSync(join(local, 'etc/npmrc'), await npmSettings());
  const { stdout } = await run('apt-config', ['dump'], { mayFail: true });
  const wanted = stdout.split('\n').filter((line) => /^Acquire::(Check|https?::|Retries)/.test(line));
  writeFileSync(join(folder, 'apt.conf'), `${wanted.join('\n')}\n`);
}

/** What this machine needs to reach its registry; the Dockerfile knows nothing of it. */
async function npmSettings(): Promise<string> {
  const keys = ['registry', 'proxy', 'https-proxy', 'noproxy'];
  const lines = ['cafile=/usr/local/share/host-ca.crt'];
  for (const key of keys) {
    const { stdout } = await run('npm', ['config', 'get', key], { cwd: tmpdir() });
    if (stdout !== '' && stdout !== 'null' && stdout !== 'undefined') lines.push(`${key}=${stdout}`);
  }
  return `${lines.join('\n')}\n`;
}

/** @returns the tarball of a package, asked from the registry once */
async function packed(name: string, major: string): Promise<string> {
  const folder = join(cacheDir(), 'npm', `${name}-${major}`);
  const found = (): string | undefined =>
    (existsSync(folder) ? readdirSync(folder) : []).find((file) => file.endsWith('.tgz'));
  if (found() === undefined) {
    mkdirSync(folder, { recursive: true });
    await run('npm', ['pack', `${name}@${major}`, '--silent', '--pack-destination', folder], { cwd: folder });
  }
  return join(folder, found() ?? '');
}
