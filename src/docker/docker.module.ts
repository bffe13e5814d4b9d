import { Module } from '@nestjs/common';
import { DockerGateway } from './docker.gateway.js';
import { DockerodeGateway } from './dockerode.gateway.js';

@Module({ providers: [{ provide: DockerGateway, useClass: DockerodeGateway }], exports: [DockerGateway] })
export class DockerModule {}
