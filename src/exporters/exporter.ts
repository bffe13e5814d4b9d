import type { Readable } from 'node:stream';
import type { EffectiveSettings } from '../apps/effective-settings.js';
import type { Steps } from '../core/checklist.js';

/** What to pull from: the app as it is now. */
export interface ExportSource {
  appId: string;
  appName: string;
  /** The container that is asked, or null for an app added by hand. */
  containerId: string | null;
  containerName: string | null;
  /** Base address of an app added by hand, without `/backup/…`. */
  url: string | null;
  /** Its token in clear; null for container apps (their token is found by `settings.tokenRef` right before the call). */
  token: string | null;
  project: string | null;
  service: string | null;
  settings: EffectiveSettings;
  /** Status path of an export that the app already works on, from an agent that was stopped; null = ask for a new one. */
  pendingJob: string | null;
}

/** What the app says about its export; a field is absent when the app does not say it. */
export interface Declared {
  sizeBytes?: number;
  /** Lower-case hex. */
  sha256?: string;
  /** `header` or `trailer`: where the checksum came from. */
  sha256From?: 'header' | 'trailer';
  /** `X-Format` or `X-Backup-Format`, lower-case. */
  format?: string;
  /** From Content-Disposition; untrusted, only its extension is ever used. */
  fileName?: string;
}

/** An export that has begun. */
export interface OpenExport {
  /** Ends only when the app ended properly; errors with a BackupFailure otherwise. Never buffered. */
  bytes: Readable;
  /** What is known before the first byte. */
  early: Declared;
  /** Final once `bytes` has ended: with trailers. */
  declared(): Declared;
  /** Capabilities as the app told them, for progress; null when it has none. */
  estimatedBytes: number | null;
}

export interface ExportProgress {
  /** A sentence for the run's log. */
  note(line: string): void;
  /** The app works on the export; whoever keeps the path can go on waiting for it. */
  working(statusPath: string): Promise<void>;
}

/** What is tried of an app before its export, in this order. */
export type AppCheck = 'resolve' | 'connect' | 'auth' | 'capabilities';

/** Asks an app for its export. */
export abstract class Exporter {
  /**
   * @param signal aborted with `shutdown`, it leaves a job of the app alone, for the next agent; else the app is told
   * @throws BackupFailure with the cause; nothing is sent to anything but the app itself
   */
  abstract open(source: ExportSource, progress: ExportProgress, signal: AbortSignal): Promise<OpenExport>;

  /** Tells the app that nobody waits for its pending job any more, where there is one; never rejects. */
  abstract drop(source: ExportSource): Promise<void>;

  /** Tries what comes before an export, step by step; never rejects. No export is asked for. */
  abstract check(source: ExportSource, checklist: Steps<AppCheck>, signal: AbortSignal): Promise<void>;
}
