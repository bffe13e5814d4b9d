export interface ExportAppConfig {
  mode: string;
  sizeBytes: number;
  seed: string;
  format: string;
  abortAt: number;
  chunkBytes: number;
  pauseMs: number;
  polls: number;
  retryAfter: string;
  status: number;
  body: string;
  location: string;
  capabilities: 'ok' | 'hang' | 'missing' | 'html';
  estSize: number | null;
  url: string;
  breaks: number;
  busyPolls: number;
}

export interface SeenRequest {
  method: string;
  path: string;
  host: string;
  range: string | null;
  /** sha256 of the Authorization header; null when there was none. */
  authorization: string | null;
}

export interface ExportApp {
  url: string;
  port: number;
  control(patch: Partial<ExportAppConfig>): void;
  requests(): SeenRequest[];
  sentBytes(): number;
  connections(): Promise<number>;
  /** Of the whole export as it is configured now. */
  sha256(): string;
  close(): Promise<void>;
}

export function startExportApp(
  options?: Partial<ExportAppConfig> & { token?: string; port?: number; host?: string },
): Promise<ExportApp>;
