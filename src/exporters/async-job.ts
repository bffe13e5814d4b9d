import { setTimeout as pause } from 'node:timers/promises';
import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import type { Clock } from '../core/clock.js';
import { BackupFailure } from '../core/failure.js';
import type { AppCaller } from './app-caller.js';
import type { ExportProgress } from './exporter.js';
import { expectStatus, readJson } from './http-call.js';

const ACCEPTED = z.object({ job_id: z.string().optional(), status_url: z.string().min(1) });
const STATUS = z.object({
  status: z.enum(['pending', 'running', 'done', 'failed']),
  progress: z.number().min(0).max(100).optional(),
  download_url: z.string().min(1).optional(),
  error: z.string().optional(),
});

type JobStatus = z.infer<typeof STATUS>;

const FIRST_POLL_MS = 500;
const SLOWEST_POLL_MS = 10_000;
const LONGEST_RETRY_AFTER_MS = 300_000;
/** A status that cannot be had this often in a row is an app that is gone. */
const MOST_MISSED_POLLS = 5;

/** A job that the app works on. */
export interface AppJob {
  statusPath: string;
}

/** Reads the answer `202` of an export. @throws contract-invalid */
export async function acceptedJob(response: IncomingMessage, caller: AppCaller): Promise<AppJob> {
  const body = ACCEPTED.safeParse(await readJson(response, 'the 202 answer', caller.wordsTimeoutMs));
  if (!body.success)
    throw new BackupFailure('contract-invalid', { detail: 'the 202 answer has no status_url' });
  return { statusPath: caller.pathOf(body.data.status_url, 'status_url') };
}

/**
 * Polls until the export can be downloaded.
 * @returns the path of the download
 * @throws app-job-failed, app-job-lost, contract-invalid, and what a call can throw
 */
export async function waitForJob(
  job: AppJob,
  caller: AppCaller,
  progress: ExportProgress,
  clock: Clock,
  signal: AbortSignal,
): Promise<string> {
  let missed = 0;
  let shown = -1;
  for (let polls = 0; ; polls += 1) {
    let response: IncomingMessage;
    let status: JobStatus;
    try {
      response = await caller.call('GET', job.statusPath, signal);
      status = await statusIn(response, caller.wordsTimeoutMs);
      missed = 0;
    } catch (error) {
      // The container is looked up anew for each poll: it may come back under another address.
      missed += 1;
      if (missed >= MOST_MISSED_POLLS || signal.aborted || !canHeal(error)) throw error;
      await pause(waitMs(polls, undefined, clock), undefined, { signal });
      continue;
    }
    if (status.status === 'done') return downloadPath(status.download_url, caller);
    if (status.status === 'failed') throw new BackupFailure('app-job-failed', { detail: status.error ?? '' });
    const percent = Math.floor((status.progress ?? 0) / 10) * 10;
    if (percent > shown) progress.note(`the app's job is ${status.status}, ${status.progress ?? 0} %`);
    shown = Math.max(shown, percent);
    await pause(waitMs(polls, response.headers['retry-after'], clock), undefined, { signal });
  }
}

/** A job that is lost stays lost; an app that is busy or being restarted does not stay so. */
const canHeal = (error: unknown): boolean =>
  error instanceof BackupFailure && error.retry === 'later' && error.code !== 'app-job-lost';

async function statusIn(response: IncomingMessage, limitMs: number): Promise<JobStatus> {
  if (response.statusCode === 404 || response.statusCode === 410) {
    response.destroy();
    throw new BackupFailure('app-job-lost', { detail: `status ${response.statusCode}` });
  }
  await expectStatus(response, [200], limitMs);
  const status = STATUS.safeParse(await readJson(response, 'the status of the job', limitMs));
  if (status.success) return status.data;
  throw new BackupFailure('contract-invalid', {
    detail: 'the status of the job must be pending, running, done or failed',
  });
}

function downloadPath(url: string | undefined, caller: AppCaller): string {
  if (url === undefined)
    throw new BackupFailure('contract-invalid', { detail: 'the job is done but names no download_url' });
  return caller.pathOf(url, 'download_url');
}

/** `Retry-After` in seconds or as a date, within bounds; else growing pauses. */
function waitMs(polls: number, retryAfter: string | undefined, clock: Clock): number {
  const growing = Math.min(SLOWEST_POLL_MS, FIRST_POLL_MS * 1.5 ** polls);
  if (retryAfter === undefined) return growing;
  const seconds = Number(retryAfter);
  const asked = Number.isNaN(seconds) ? Date.parse(retryAfter) - clock.now().getTime() : seconds * 1000;
  return Number.isNaN(asked) ? growing : Math.min(LONGEST_RETRY_AFTER_MS, Math.max(FIRST_POLL_MS / 5, asked));
}

/** Tells the app that nobody waits for its job any more; best effort. */
export async function abandonJob(job: AppJob, caller: AppCaller): Promise<void> {
  try {
    (await caller.call('DELETE', job.statusPath, AbortSignal.timeout(3000))).destroy();
  } catch {
    // It was only a courtesy.
  }
}
