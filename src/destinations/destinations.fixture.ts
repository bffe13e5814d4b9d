import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import type { AppConfig } from '../config/app-config.js';
import { FixedClock } from '../core/clock.js';
import { SecretsBox } from '../core/secrets-box.js';
import { dataSourceOptions } from '../db/data-source.js';
import { ConfigKeeper } from './config-keeper.js';
import { ConfigQuestions } from './config-questions.js';
import { ConfiguredDestinations } from './configured-destinations.js';
import { DestinationBook } from './destination-book.js';
import { DestinationDrafts } from './destination-drafts.js';
import { DestinationFolders } from './destination-folders.js';
import { DestinationHealth } from './destination-health.js';
import { DestinationList } from './destination-list.js';
import { DestinationMoves } from './destination-moves.js';
import { DestinationProbe } from './destination-probe.js';
import { DestinationStart } from './destination-start.js';
import { DestinationUses } from './destination-uses.js';
import { DestinationRow } from './destination.entity.js';
import { DestinationsAdmin } from './destinations-admin.js';
import { HostKeys } from './host-keys.js';
import { RcloneConfig } from './rclone-config.js';
import { rcloneBed } from './rclone.contract.js';
import type { RcloneBed } from './rclone.contract.js';
import { SharedDriveFolder } from './shared-drive-folder.js';

/** The services of destinations over a real rclone and a real SQLite file. */
export interface DestinationsBed extends RcloneBed {
  clock: FixedClock;
  database: DataSource;
  book: DestinationBook;
  conf: RcloneConfig;
  drafts: DestinationDrafts;
  admin: DestinationsAdmin;
  moves: DestinationMoves;
  uses: DestinationUses;
  list: DestinationList;
  questions: ConfigQuestions;
  keeper: ConfigKeeper;
  start: DestinationStart;
  health: DestinationHealth;
  hostKeys: HostKeys;
  shared: SharedDriveFolder;
}

export async function destinationsBed(
  rcloneConf = '',
  environment: Record<string, string> = {},
  changes: Partial<AppConfig> = {},
): Promise<DestinationsBed> {
  const rclone = await rcloneBed(rcloneConf, environment, changes);
  const { config, rc } = rclone;
  const dataDir = await mkdtemp(join(tmpdir(), 'bo-destinations-'));
  const database = await new DataSource(
    dataSourceOptions({ dataDir, databaseUrl: null }, [DestinationRow]),
  ).initialize();
  const clock = new FixedClock(new Date('2026-11-24T10:00:00Z'));
  const folders = new DestinationFolders();
  const conf = new RcloneConfig(rc);
  const box = new SecretsBox(config.appSecretKey);
  const book = new DestinationBook(database.getRepository(DestinationRow), box, clock, folders);
  await book.onModuleInit();
  const destinations = new ConfiguredDestinations(config, rc, folders);
  const hostKeys = new HostKeys(config);
  const drafts = new DestinationDrafts(config, conf, rc, hostKeys, clock);
  const keeper = new ConfigKeeper(book, conf, hostKeys);
  const uses = new DestinationUses();
  const probe = new DestinationProbe(config, destinations, keeper, conf, rc, clock);
  const admin = new DestinationsAdmin(book, drafts, conf, hostKeys, destinations);
  const moves = new DestinationMoves(book, conf, hostKeys, uses, destinations);
  return {
    ...rclone,
    destinations,
    clock,
    database,
    book,
    conf,
    drafts,
    keeper,
    uses,
    hostKeys,
    admin,
    shared: new SharedDriveFolder(config, admin, moves, conf, rc),
    moves,
    list: new DestinationList(book, conf, destinations),
    questions: new ConfigQuestions(drafts, conf),
    start: new DestinationStart(config, keeper, drafts, conf, book),
    health: new DestinationHealth(config, book, destinations, probe, clock),
    close: async () => {
      await database.destroy();
      await rclone.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
