import { Module } from '@nestjs/common';
import { AppsModule } from '../apps/apps.module.js';
import { DockerModule } from '../docker/docker.module.js';
import { Exporter } from './exporter.js';
import { HttpContractExporter } from './http-contract.exporter.js';

@Module({
  imports: [AppsModule, DockerModule],
  providers: [{ provide: Exporter, useClass: HttpContractExporter }],
  exports: [Exporter],
})
export class ExportersModule {}
