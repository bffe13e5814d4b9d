import { mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import type { AppConfig } from '../config/app-config.js';
import { loadConfig } from '../config/load-config.js';
import { ConfiguredDestinations } from './configured-destinations.js';
import { DestinationFolders } from './destination-folders.js';
import type { ContractSubject } from './contract-parts.contract.js';
import { RcloneDaemon } from './rclone-daemon.js';
import { RcloneRc } from './rclone-rc.js';

/** A real rclone with a data directory of its own. */
export interface RcloneBed {
  root: string;
  config: AppConfig;
  daemon: RcloneDaemon;
  rc: RcloneRc;
  destinations: ConfiguredDestinations;
  close(): Promise<void>;
}

/**
 * @param rcloneConf text of rclone.conf. @param environment further variables of the agent; `{root}` in both is the bed's folder
 * @param changes what no variable can say, as a part of a second
 */
export async function rcloneBed(
  rcloneConf = '',
  environment: Record<string, string> = {},
  changes: Partial<AppConfig> = {},
): Promise<RcloneBed> {
  Logger.overrideLogger(false);
  const root = await mkdtemp(join(tmpdir(), 'bo-rclone-'));
  const placed: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) placed[name] = value.replaceAll('{root}', root);
  const config = Object.assign({}, configIn(root, placed), changes);
  await mkdir(config.dataDir, { recursive: true });
  if (rcloneConf !== '')
    await writeFile(config.rcloneConfig, rcloneConf.replaceAll('{root}', root), { mode: 0o600 });
  const daemon = new RcloneDaemon(config);
  const rc = new RcloneRc(daemon);
  const close = async (): Promise<void> => {
    rc.onApplicationShutdown();
    await daemon.onApplicationShutdown();
    await rm(root, { recursive: true, force: true });
  };
  return {
    root,
    config,
    daemon,
    rc,
    destinations: new ConfiguredDestinations(config, rc, new DestinationFolders()),
    close,
  };
}

export function configIn(root: string, environment: Record<string, string> = {}): AppConfig {
  return loadConfig({
    APP_SECRET_KEY: 'k'.repeat(40),
    APP_ADMIN_PASS: 'a-long-enough-one',
    DATA_DIR: join(root, 'data'),
    LOCAL_BACKUPS_DIR: join(root, 'backups'),
    PATH: process.env['PATH'] ?? '',
    ...environment,
  });
}

/** @param folder where the destination's objects lie on this machine */
export async function rcloneSubject(
  bed: RcloneBed,
  name: string,
  folder: string,
  close: () => Promise<void> = () => bed.close(),
): Promise<ContractSubject> {
  return {
    destination: await bed.destinations.byName(name),
    tamper: async (key, change) => {
      const path = join(folder, key);
      await writeFile(path, change(await readFile(path)));
    },
    close,
  };
}
