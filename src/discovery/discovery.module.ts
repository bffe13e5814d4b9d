import { Module } from '@nestjs/common';
import { AppsModule } from '../apps/apps.module.js';
import { DockerModule } from '../docker/docker.module.js';
import { ContainerStore } from './container-store.js';
import { DiscoveryService, DiscoveryStores } from './discovery.service.js';

@Module({
  imports: [AppsModule, DockerModule],
  providers: [ContainerStore, DiscoveryService, DiscoveryStores],
  exports: [DiscoveryService],
})
export class DiscoveryModule {}
