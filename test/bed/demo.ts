import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backUp, startAgent } from './agent.js';
import type { Agent } from './agent.js';
import { leave, leaveOnSignals } from './cleanup.js';
import { ensureNetwork, runContainer } from './containers.js';
import { findOrStartEngine } from './engine.js';
import type { Engine } from './engine.js';
import { makeImages } from './images.js';
import { onEnd } from './reaper.js';
import { say } from './setup/say.mjs';
import { until } from './shell.js';

interface Copy {
  destination: string;
  object_key: string;
  size_bytes: number;
  sha256: string;
  state: string;
}

const once = process.argv.includes('--once');
const TOKEN = createHash('sha256').update(String(process.pid)).digest('hex').slice(0, 24);

/** The sample apps: what a compose file would say of them. */
const SAMPLES = [
  { name: 'demo-notes', about: 'sends its export at once, with size and checksum', env: { SEED: 'notes', SIZE_BYTES: '3000000' }, labels: {} },
  { name: 'demo-shop', about: 'needs time for its export: 202, then a download', env: { SEED: 'shop', SIZE_BYTES: '5000000', MODE: 'async' }, labels: { frequency: 'every 6h' } },
  { name: 'demo-photos', about: 'one export, sent to two destinations', env: { SEED: 'photos', SIZE_BYTES: '9000000' }, labels: { destinations: 'first,second' } },
]; // prettier-ignore

async function main(): Promise<void> {
  leaveOnSignals();
  const folder = mkdtempSync(join(tmpdir(), 'bo-demo-'));
  await onEnd({ remove: folder });
  for (const name of ['first', 'second']) mkdirSync(join(folder, name));

  const engine = await findOrStartEngine();
  say(engine.isOurs ? 'started a private Docker engine' : 'using the Docker engine that runs already');
  const images = await makeImages(engine);
  await ensureNetwork(engine);
  // On an engine of the user's: neither take up its labelled apps, nor let another agent take up ours.
  const prefix = engine.isOurs ? 'backup' : `backup-demo-${process.pid}`;
  const agent = await startAgent({
    DOCKER_HOST: engine.host,
    LABEL_PREFIX: prefix,
    // The agent's own; test agents have one that is never due.
    DEFAULT_FREQUENCY: 'daily',
    LOCAL_BACKUPS_DIR: join(folder, 'backups'),
    RCLONE_LOCAL_DIRECTORIES: `First|${join(folder, 'first')};Second|${join(folder, 'second')}`,
  });
  say(`the agent runs: ${agent.url}`);
  await startSamples(engine, images.app, prefix);
  let bad = 0;
  for (const sample of SAMPLES) bad += await showBackup(agent, sample.name, sample.about, folder);
  process.stdout.write(`\nUI: ${agent.url}\nuser: ${agent.user}\none-time password: ${agent.password}\n`);
  if (bad > 0) throw new Error(`${bad} copies are not what they should be`);
  if (once) return;
  process.stdout.write('\nThe agent and its sample apps run until you press Ctrl-C.\n');
  await new Promise(() => undefined);
}

async function startSamples(engine: Engine, image: string, prefix: string): Promise<void> {
  for (const { name, env, labels } of SAMPLES) {
    const all = { enable: 'true', id: name, name, ...labels };
    await runContainer(engine, {
      image,
      name: `${name}-${process.pid}`,
      env: { BACKUP_TOKEN: TOKEN, ...env },
      labels: Object.fromEntries(Object.entries(all).map(([key, value]) => [`${prefix}.${key}`, value])),
    });
  }
  say(`started ${SAMPLES.length} labelled sample apps`);
}

/** Backs an app up and holds what really lies there against what the agent says. @returns how many copies are not right */
async function showBackup(agent: Agent, name: string, about: string, folder: string): Promise<number> {
  const app = await until(`the discovery of ${name}`, async () => {
    const { body } = await agent.api('GET', '/api/apps');
    const apps = body.items as { id: string; key: string }[];
    return apps.find((item) => item.key === `id:${name}`) ?? null;
  });
  process.stdout.write(`\n${name}: ${about}\n`);
  const job = await backUp(agent, app.id);
  if (job.outcome !== 'succeeded') {
    process.stdout.write(`  ${job.outcome}: ${job.error?.message ?? ''} ${job.error?.detail ?? ''}\n`);
    return 1;
  }
  const { body } = await agent.api('GET', `/api/apps/${app.id}/backups`);
  let bad = 0;
  const copies = body.items as Copy[];
  for (const copy of copies) {
    const root = copy.destination === 'local' ? join(folder, 'backups') : join(folder, copy.destination);
    const path = join(root, copy.object_key);
    const digest = await digestOf(path);
    const right =
      digest === copy.sha256 && statSync(path).size === copy.size_bytes && copy.state === 'verified';
    if (!right) bad += 1;
    process.stdout.write(
      `  path    ${path}\n  size    ${copy.size_bytes} bytes\n  sha256  ${digest} (of the file that lies there)\n  ${right ? 'verified' : `NOT RIGHT: the agent says ${copy.state}, sha256 ${copy.sha256}`}\n`,
    );
  }
  return copies.length === 0 ? 1 : bad;
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

try {
  await main();
  await leave();
  say('everything that the demo started has ended');
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  await leave();
  process.exitCode = 1;
}
