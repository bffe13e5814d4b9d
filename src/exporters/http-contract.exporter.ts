import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { Clock } from '../core/clock.js';
import { messageOf } from '../core/failure.js';
import { DockerGateway } from '../docker/docker.gateway.js';
import { AppCaller } from './app-caller.js';
import { abandonJob, acceptedJob, waitForJob } from './async-job.js';
import { askCapabilities } from './capabilities.js';
import { declaredBy } from './declared.js';
import { exportBody, refuseUnverifiable } from './export-body.js';
import type { ReadingState } from './export-body.js';
import { Exporter } from './exporter.js';
import type { ExportProgress, ExportSource, OpenExport } from './exporter.js';
import { expectStatus } from './http-call.js';
import { resumeDownload } from './resume-download.js';

/** Asks an app for its export by the HTTP contract, version 1 (docs/contract.md). */
@Injectable()
export class HttpContractExporter extends Exporter {
  constructor(
    private readonly docker: DockerGateway,
    private readonly config: AppConfig,
    private readonly clock: Clock,
  ) {
    super();
  }

  async open(source: ExportSource, progress: ExportProgress, signal: AbortSignal): Promise<OpenExport> {
    const caller = new AppCaller(source, this.docker, this.config);
    const capabilities = await askCapabilities(caller, progress, signal);
    const folder = source.settings.driveFolderId.value;
    const query = folder === null ? '' : `?drive_folder_id=${encodeURIComponent(folder)}`;
    const response = await caller.call('POST', `${caller.endpoint('export')}${query}`, signal);
    await expectStatus(response, [200, 202]);
    const { download, path } =
      response.statusCode === 202
        ? await this.viaJob(response, caller, progress, signal)
        : { download: response, path: null };
    return this.opened(download, path, caller, source, progress, capabilities.estimatedBytes, signal);
  }

  private async viaJob(
    response: IncomingMessage,
    caller: AppCaller,
    progress: ExportProgress,
    signal: AbortSignal,
  ): Promise<{ download: IncomingMessage; path: string }> {
    const job = await acceptedJob(response, caller);
    progress.note('the app works on the export');
    try {
      const path = await waitForJob(job, caller, progress, this.clock, signal);
      const download = await caller.call('GET', path, signal);
      await expectStatus(download, [200]);
      return { download, path };
    } catch (error) {
      await abandonJob(job, caller);
      throw error;
    }
  }

  private opened(
    response: IncomingMessage,
    path: string | null,
    caller: AppCaller,
    source: ExportSource,
    progress: ExportProgress,
    estimatedBytes: number | null,
    signal: AbortSignal,
  ): OpenExport {
    try {
      const early = declaredBy(response.headers);
      refuseUnverifiable(response, early);
      const state: ReadingState = { declared: early, readBytes: 0 };
      const limits = { idleMs: this.config.idleTimeoutMs, maxBytes: source.settings.maxSizeBytes.value };
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
