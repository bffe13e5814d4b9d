import type { RetentionPolicy } from '../apps/retention-policy.js';
import type { BackupFailure } from '../core/failure.js';
import type { RunWarning } from '../core/warning-texts.js';
import type { Destinations, Sent } from '../destinations/destination.js';
import type { Declared, Exporter, ExportSource } from '../exporters/exporter.js';
import type { Backup } from './backup.entity.js';
import type { Catalog } from './catalog.js';
import type { FolderOwners } from './folder-owners.js';
import type { ManifestApp } from './manifest.js';
import type { PlannedCopy } from './run.entity.js';

/** Everything a run needs to know, decided when it begins: later changes of the app do not reach it. */
export interface BackupOrder {
  runId: string;
  appId: string;
  app: ManifestApp;
  /** When the run began; the time of the backup. */
  at: Date;
  source: ExportSource;
  /** Longest this attempt may take, in milliseconds; a job taken over from an interrupted run has used up some of it. */
  limitMs: number;
  targets: readonly { destination: string; folder: string }[];
  /** Root for the copies at Google Drive; null = that of the destination. */
  driveFolderId: string | null;
  retention: RetentionPolicy;
  /** Bytes that an export must have at least; null = any number that the app vouches for. */
  minSizeBytes: number | null;
  /** Further from the usual size than this, a copy is suspicious. */
  sizeChangePercent: number;
  /** The app's time zone, for retention. */
  timezone: string;
  /** The agent's time zone, for names. */
  namesTimezone: string;
  agentVersion: string;
}

/** Points of the commit protocol where a test may kill the agent. */
export type CrashPoint =
  | 'planned'
  | 'streaming'
  | 'uploaded'
  | 'counted'
  | 'verified'
  | 'settled'
  | 'renamed'
  | 'manifest'
  | 'recorded'
  | 'pruning'
  | 'pruned';

/** What a run works with; all effects of `runBackup` go through here. */
export interface BackupIo {
  exporter: Exporter;
  destinations: Destinations;
  catalog: Catalog;
  owners: FolderOwners;
  /** Why nothing can be sent to a destination now; null = it is well. Costs nothing while it was looked at not long ago. */
  unwell(destination: string): Promise<BackupFailure | null>;
  now(): Date;
  /** Whether somebody has set the clock since the run began. */
  clockMoved(): boolean;
  /** Writes down that the app works on the export, so that the next agent can go on waiting for it. */
  working(statusPath: string): Promise<void>;
  /** Writes the names that are going to be used, before the first byte. */
  plan(copies: readonly PlannedCopy[], expectedBytes: number | null): Promise<void>;
  /** Writes what was counted, before anything gets a final name. */
  counted(sent: Sent, declared: Declared): Promise<void>;
  /** Runs one step and writes its row; `note` adds to its detail. */
  step<T>(name: StepName, work: (note: (line: string) => void) => Promise<T>): Promise<T>;
  onBytes(count: number): void;
  reached(point: CrashPoint): void;
}

export type StepName = 'prepare' | 'export' | 'upload' | 'verify' | 'commit' | 'record' | 'prune' | 'recover';

export interface CopyResult {
  planned: PlannedCopy;
  backup: Backup | null;
  failure: BackupFailure | null;
}

/** How a run that got as far as its destinations ended. */
export interface RunReport {
  copies: CopyResult[];
  sizeBytes: number;
  warnings: RunWarning[];
}
