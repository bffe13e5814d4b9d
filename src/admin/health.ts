import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { AppConfig } from '../config/app-config.js';
import { RcloneDaemon } from '../destinations/rclone-daemon.js';
import { DockerGateway } from '../docker/docker.gateway.js';

type PartState = 'ok' | 'down';

export interface HealthView {
  status: 'ok' | 'degraded';
  version: string;
  docker: PartState;
  rclone: PartState;
  db: PartState;
}

/** Whether the parts that the agent stands on answer. */
@Injectable()
export class Health {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    private readonly config: AppConfig,
    private readonly gateway: DockerGateway,
    private readonly daemon: RcloneDaemon,
  ) {}

  async look(): Promise<HealthView> {
    const docker = this.gateway.status().connected ? 'ok' : 'down';
    const { state } = this.daemon.status();
    const rclone = state === 'running' || state === 'resting' ? 'ok' : 'down';
    const db = await this.database.query('SELECT 1').then(
      () => 'ok' as const,
      () => 'down' as const,
    );
    const status = docker === 'ok' && rclone === 'ok' && db === 'ok' ? 'ok' : 'degraded';
    return { status, version: this.config.agentVersion, docker, rclone, db };
  }
}
