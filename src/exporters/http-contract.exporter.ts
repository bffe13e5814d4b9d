import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import { SecretKeeper } from '../apps/secret-keeper.js';
import { AppConfig } from '../config/app-config.js';
import type { Steps } from '../core/checklist.js';
import { Clock } from '../core/clock.js';
import { messageOf } from '../core/failure.js';
import { DockerGateway } from '../docker/docker.gateway.js';
import { AppCaller } from './app-caller.js';
import { abandonJob, acceptedJob, waitForJob } from './async-job.js';
import type { AppJob } from './async-job.js';
import { askCapabilities } from './capabilities.js';
import { checkApp } from './check-app.js';
import { declaredBy } from './declared.js';
import { exportBody, refuseHopeless } from './export-body.js';
import type { ReadingState } from './export-body.js';
import { Exporter } from './exporter.js';
import type { AppCheck, ExportProgress, ExportSource, OpenExport } from './exporter.js';
import { expectStatus } from './http-call.js';
import { resumeDownload } from './resume-download.js';

interface ExportOrder {
  caller: AppCaller;
  source: ExportSource;
  progress: ExportProgress;
  estimatedBytes: number | null;
  signal: AbortSignal;
}

/** Asks an app for its export by the HTTP contract, version 1 (docs/contract.md). */
@Injectable()
export class HttpContractExporter extends Exporter {
  constructor(
    private readonly docker: DockerGateway,
    private readonly config: AppConfig,
    private readonly clock: Clock,
    private readonly secrets: SecretKeeper,
  ) {
    super();
  }

  async open(source: ExportSource, progress: ExportProgress, signal: AbortSignal): Promise<OpenExport> {
    const caller = new AppCaller(source, this.docker, this.config, this.secrets);
    try {
      const { estimatedBytes } = await askCapabilities(caller, progress, signal);
      const order = { caller, source, progress, signal, estimatedBytes };
      if (source.pendingJob === null) return await this.ask(order);
      progress.note('the app already works on the export; waiting for that');
      return await this.fromJob({ statusPath: source.pendingJob }, order);
    } catch (error) {
      if (signal.reason !== 'shutdown') await this.drop(source);
      throw error;
    }
  }

  async drop(source: ExportSource): Promise<void> {
    if (source.pendingJob === null) return;
    const caller = new AppCaller(source, this.docker, this.config, this.secrets);
    await abandonJob({ statusPath: source.pendingJob }, caller);
  }

  private async ask(order: ExportOrder): Promise<OpenExport> {
    const { caller, source, progress, signal } = order;
    const folder = source.settings.driveFolderId.value;
    const query = folder === null ? '' : `?drive_folder_id=${encodeURIComponent(folder)}`;
    const response = await caller.call('POST', `${caller.endpoint('export')}${query}`, signal);
    await expectStatus(response, [200, 202], caller.wordsTimeoutMs);
    if (response.statusCode !== 202) return this.opened(response, null, order);
    const job = await acceptedJob(response, caller);
    await progress.working(job.statusPath);
    progress.note('the app works on the export');
    return this.fromJob(job, order);
  }

  check(source: ExportSource, checklist: Steps<AppCheck>, signal: AbortSignal): Promise<void> {
    return checkApp(source, this.docker, this.config, this.secrets, checklist, signal);
  }

  /** A job that was asked for here is dropped here; one that was taken over, by `open`. */
  private async fromJob(job: AppJob, order: ExportOrder): Promise<OpenExport> {
    const { caller, source, progress, signal } = order;
    const giveUp = (): Promise<void> =>
      signal.reason === 'shutdown' ? Promise.resolve() : abandonJob(job, caller);
    try {
      const { download, path } = await this.downloadOf(job, caller, progress, signal);
      const opened = this.opened(download, path, order);
      opened.bytes.once('close', () => {
        if (!opened.bytes.readableEnded) void giveUp();
      });
      return opened;
    } catch (error) {
      if (source.pendingJob === null) await giveUp();
      throw error;
    }
  }

  private async downloadOf(
    job: AppJob,
    caller: AppCaller,
    progress: ExportProgress,
    signal: AbortSignal,
  ): Promise<{ download: IncomingMessage; path: string }> {
    const path = await waitForJob(job, caller, progress, this.clock, signal);
    const download = await caller.call('GET', path, signal);
    await expectStatus(download, [200], caller.wordsTimeoutMs);
    return { download, path };
  }

  /** @param path to ask for the rest when the connection breaks; null when there is none */
  private opened(response: IncomingMessage, path: string | null, order: ExportOrder): OpenExport {
    const { caller, source, progress, estimatedBytes, signal } = order;
    try {
      const { idleTimeoutMs: idleMs, minRateBytesPerSecond } = this.config;
      const limits = { idleMs, minRateBytesPerSecond, maxBytes: source.settings.maxSizeBytes.value };
      const early = declaredBy(response.headers);
      refuseHopeless(response, early, limits.maxBytes);
      const state: ReadingState = { declared: early, readBytes: 0 };
      const resume = resumeDownload(response, path, caller, progress, signal);
      const bytes = exportBody(response, state, limits, resume, signal);
      return {
        bytes,
        early,
        declared: () => state.declared,
        estimatedBytes: early.sizeBytes ?? estimatedBytes,
      };
    } catch (error) {
      response.destroy();
      progress.note(messageOf(error));
      throw error;
    }
  }
}
