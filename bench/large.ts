import { readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { startAgent } from '../test/bed/agent.js';
import type { Agent } from '../test/bed/agent.js';
import { atEnd } from '../test/bed/cleanup.js';
import type { ExportApp } from '../test/bed/export-app/server.mjs';
import { sshd } from '../test/bed/stand-ins/file-servers.js';
import type { FileServer } from '../test/bed/stand-ins/file-servers.js';
import type { Options } from './options.js';
import type { Row } from './table.js';
import {
  backUpWell,
  emptied,
  freshFolder,
  MIB,
  pullLine,
  register,
  shell,
  startApp,
  timed,
  warmMedian,
  withoutCopies,
  QUIET,
  WARM_UP,
} from './tools.js';

/** Two ways to the same place, in turn. `theirs` are lines of a shell, by name. */
interface Race {
  agent: Agent;
  app: ExportApp;
  overrides: Readonly<Record<string, string>>;
  /** Where our copies lie. */
  ours: string;
  /** Whether the agent has synced them by the end of its run. */
  oursAreSynced: boolean;
  theirs: string;
  rcloneConfig: string;
  lines: Readonly<Record<string, string>>;
}

async function race(given: Race, rounds: number): Promise<{ ours: number; theirs: Record<string, number> }> {
  const ours: number[] = [];
  const theirs: Record<string, number[]> = {};
  const cleared = (): string => {
    withoutCopies(given.ours);
    return emptied(given.theirs);
  };
  for (let round = 0; round < rounds + WARM_UP; round += 1) {
    for (const [name, line] of Object.entries(given.lines)) {
      const seconds = await timed(name, cleared(), () => shell(line, given.rcloneConfig));
      (theirs[name] ??= []).push(seconds);
    }
    cleared();
    const appId = await register(given.agent, `large-${round}`, given.app.url, given.overrides);
    const unsynced = given.oursAreSynced ? null : given.ours;
    ours.push(await timed('ours', unsynced, () => backUpWell(given.agent, appId)));
  }
  const medians = Object.entries(theirs).map(([name, seconds]) => [name, warmMedian(seconds)] as const);
  return { ours: warmMedian(ours), theirs: Object.fromEntries(medians) };
}

/** (a) One large export to a local folder: ours is verified by reading it back, the pipes are not. */
export async function largeToLocal(options: Options): Promise<Row[]> {
  const folder = freshFolder();
  const [ours, theirs] = [emptied(join(folder, 'ours')), emptied(join(folder, 'theirs'))];
  const app = await startApp(options.largeMib * MIB);
  const agent = await startAgent({ ...QUIET, LOCAL_BACKUPS_DIR: ours });
  const pull = pullLine(app);
  const lines = { rcat: `${pull} | rclone rcat ${theirs}/copy.bin`, curl: `${pull} -o ${theirs}/copy.bin` };
  const rcloneConfig = join(folder, 'none.conf');
  const result = await race(
    { agent, app, overrides: {}, ours, oursAreSynced: true, theirs, rcloneConfig, lines },
    options.rounds,
  );
  await agent.stop();
  const what = `${options.largeMib} MiB to a local folder, read back`;
  const row = { id: 'a', unit: 's', ours: result.ours };
  return [
    { ...row, what: `${what} : curl \\| rclone rcat`, theirs: result.theirs['rcat'] ?? 0, target: { atMost: 0.8 } },
    { ...row, what: `${what} : curl -o`, theirs: result.theirs['curl'] ?? 0, target: null },
  ]; // prettier-ignore
}

/**
 * (b) The same to a real SSH server on loopback; ours is verified by the server's own hash. Our destination is made as
 * a person makes it, with the packets that the agent chooses for OpenSSH; theirs as `rclone config` makes it, and once
 * more with the same packets.
 */
export async function largeToSftp(options: Options): Promise<Row[]> {
  const folder = freshFolder();
  const server = await sshd();
  atEnd(() => server.stop());
  const files = join(server.root, 'files');
  const [ours, theirs] = [emptied(join(files, 'ours')), emptied(join(files, 'theirs'))];
  const rcloneConfig = join(folder, 'rclone.conf');
  const remotes = `[plain]\n${server.remote}\n[large]\n${server.remote}chunk_size = 255Ki\n`;
  writeFileSync(rcloneConfig, remotes, { mode: 0o600 });
  const app = await startApp(options.largeMib * MIB);
  const agent = await startAgent({ ...QUIET, RCLONE_CONFIG: join(folder, 'ours.conf') });
  await addSftp(agent, server, ours);
  const overrides = { destinations: 'ours' };
  const pull = pullLine(app);
  const lines = {
    plain: `${pull} | rclone rcat plain:${theirs}/copy.bin`,
    large: `${pull} | rclone rcat large:${theirs}/copy.bin`,
  };
  const result = await race(
    { agent, app, overrides, ours, oursAreSynced: false, theirs, rcloneConfig, lines },
    options.rounds,
  );
  await agent.stop();
  const what = `${options.largeMib} MiB to SFTP on loopback, verified : curl \\| rclone rcat`;
  const row = { id: 'b', unit: 's', ours: result.ours };
  return [
    { ...row, what, theirs: result.theirs['plain'] ?? 0, target: { atMost: 1.05 } },
    { ...row, what: `${what}, chunk_size = 255Ki`, theirs: result.theirs['large'] ?? 0, target: null },
  ];
}

async function addSftp(agent: Agent, server: FileServer, folder: string): Promise<void> {
  const where = { host: '127.0.0.1', port: server.port };
  const keys = await agent.api('POST', '/api/destinations/host-key', where);
  const made = await agent.api('POST', '/api/destinations', {
    name: 'ours',
    type: 'sftp',
    folder,
    host_keys: (keys.body.items as { line: string }[]).map(({ line }) => line),
    options: {
      ...where,
      user: userInfo().username,
      key_pem: readFileSync(join(server.root, 'client'), 'utf8'),
    },
  });
  if (made.status !== 201) throw new Error(`the destination was not made: ${JSON.stringify(made.body)}`);
}
