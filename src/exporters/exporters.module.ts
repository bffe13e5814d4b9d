import { Module } from '@nestjs/common';
import { DockerModule } from '../docker/docker.module.js';
import { Exporter } from './exporter.js';
import { HttpContractExporter } from './http-contract.exporter.js';

@Module({
  imports: [DockerModule],
  providers: [{ provide: Exporter, useClass: HttpContractExporter }],
  exports: [Exporter],
})
export class ExportersModule {}
