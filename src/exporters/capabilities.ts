import { z } from 'zod';
import { asFailure } from '../core/failure.js';
import type { AppCaller } from './app-caller.js';
import type { ExportProgress } from './exporter.js';
import { expectStatus, readJson } from './http-call.js';

const CAPABILITIES = z.object({
  version: z.string(),
  types: z.array(z.string()).optional(),
  est_seconds: z.number().nonnegative().nullish(),
  est_size: z.number().int().nonnegative().nullish(),
  restore: z.boolean().optional(),
  verify: z.boolean().optional(),
});

/** Short: it is a courtesy, and a hanging one must not cost the backup its slot. */
const TIMEOUT_MS = 10_000;

export interface Capabilities {
  /** False for apps that do not have the endpoint, or answer something else there. */
  answered: boolean;
  /** What the app expects its export to weigh, in bytes; null when it does not say. */
  estimatedBytes: number | null;
  restore: boolean;
  verify: boolean;
}

const NONE: Capabilities = { answered: false, estimatedBytes: null, restore: false, verify: false };

/**
 * Asks what the app can do. Known apps in the field do not answer this: that is noted, and the export goes on.
 * @throws what would fail the export as well: the token, the address, the container
 */
export async function askCapabilities(
  caller: AppCaller,
  progress: ExportProgress,
  signal: AbortSignal,
): Promise<Capabilities> {
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const response = await caller.call('GET', caller.endpoint('capabilities'), limit, {
      answerTimeoutMs: TIMEOUT_MS,
    });
    await expectStatus(response, [200], caller.wordsTimeoutMs);
    const parsed = CAPABILITIES.safeParse(await readJson(response, 'capabilities', caller.wordsTimeoutMs));
    if (!parsed.success) throw new Error('the answer has not the form of the contract');
    const { est_size: size, restore = false, verify = false, version } = parsed.data;
    progress.note(
      `capabilities: version ${version.slice(0, 20)}${size == null ? '' : `, about ${size} bytes`}`,
    );
    return { answered: true, estimatedBytes: size ?? null, restore, verify };
  } catch (error) {
    const failure = asFailure(error);
    const isFatal =
      failure.retry === 'never' && failure.code !== 'app-not-found' && failure.code !== 'contract-invalid';
    if (signal.aborted || isFatal || failure.code === 'app-redirected') throw error;
    progress.note(
      `capabilities: ${failure.detail === '' ? failure.message : failure.detail}; going on without`,
    );
    return NONE;
  }
}
