import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { expect, it } from '@jest/globals';
import { ConfigModule } from '../config/config.module.js';
import { CoreModule } from '../core/core.module.js';
import { dataSourceOptions } from '../db/data-source.js';
import { DestinationHealth } from './destination-health.js';
import { DestinationList } from './destination-list.js';
import { DestinationRow } from './destination.entity.js';
import { DestinationsAdmin } from './destinations-admin.js';
import { DestinationsModule } from './destinations.module.js';
import { configIn } from './rclone.contract.js';
import { RcloneDaemon } from './rclone-daemon.js';

@Module({})
class Everything {}

it('the module is wired: a destination is made, put back at the next start, and used', async () => {
  const root = await mkdtemp(join(tmpdir(), 'bo-module-'));
  const config = configIn(root, { RCLONE_LOCAL_DIRECTORIES: `Disk|${root}` });
  const begin = async () => {
    const database = TypeOrmModule.forRoot(
      dataSourceOptions({ dataDir: root, databaseUrl: null }, [DestinationRow]),
    );
    const imports = [ConfigModule.of(config), CoreModule, database, DestinationsModule];
    return NestFactory.createApplicationContext(
      { module: Everything, imports },
      { logger: false, abortOnError: false },
    );
  };
  const first = await begin();
  await first
    .get(DestinationsAdmin)
    .create({ name: 'usb', type: 'local', options: { path: join(root, 'usb') }, folder: '' });
  await first.close();
  await rm(config.rcloneConfig);
  const second = await begin();
  try {
    expect((await second.get(DestinationList).all()).map(({ name, type }) => `${name} ${type}`)).toEqual([
      'local local',
      'disk local',
      'usb local',
    ]);
    expect(second.get(RcloneDaemon).status()).toMatchObject({ state: 'running' });
    const { healthState, healthCode } = await second.get(DestinationHealth).check('usb');
    expect(healthCode === null || healthCode === 'destination-nearly-full').toBe(true);
    expect(healthState).not.toBe('failing');
  } finally {
    await second.close();
    await rm(root, { recursive: true, force: true });
  }
}, 30_000);
