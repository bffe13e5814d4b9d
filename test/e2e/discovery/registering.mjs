/**
 * Discovery of the built agent in a process of its own, without the rest of it, so that it starts quickly enough to be
 * killed a hundred times. Takes DOCKER_HOST and DATA_DIR from the environment; runs until it is killed.
 */
import 'reflect-metadata';
import { DataSource } from 'typeorm';
import { AppChanges } from '../../../dist/apps/app-changes.js';
import { AppOverride } from '../../../dist/apps/app-override.entity.js';
import { App } from '../../../dist/apps/app.entity.js';
import { AppsService } from '../../../dist/apps/apps.service.js';
import { AuditEntry } from '../../../dist/apps/audit-entry.entity.js';
import { SecretKeeper } from '../../../dist/apps/secret-keeper.js';
import { Secret, SecretGrant } from '../../../dist/apps/secret.entity.js';
import { loadConfig } from '../../../dist/config/load-config.js';
import { SystemClock } from '../../../dist/core/clock.js';
import { SecretsBox } from '../../../dist/core/secrets-box.js';
import { dataSourceOptions } from '../../../dist/db/data-source.js';
import { ContainerStore } from '../../../dist/discovery/container-store.js';
import { DiscoveryService, DiscoveryStores } from '../../../dist/discovery/discovery.service.js';
import { DockerodeGateway } from '../../../dist/docker/dockerode.gateway.js';

const config = loadConfig(process.env);
const options = dataSourceOptions(config, [App, AppOverride, AuditEntry, Secret, SecretGrant]);
const db = await new DataSource(options).initialize();
const clock = new SystemClock();
const box = new SecretsBox(config.appSecretKey);
const docker = new DockerodeGateway(config, clock);
const stores = new DiscoveryStores(
  new ContainerStore(docker, config),
  new AppsService(db, config, clock, box),
  new AppChanges(db, clock),
  new SecretKeeper(db, config, clock, box),
);
new DiscoveryService(docker, stores, config, clock).onApplicationBootstrap();
// Everything that discovery waits for lets a process end.
setInterval(() => undefined, 1000);
