import { PassThrough } from 'node:stream';
import type { Readable } from 'node:stream';
import type { AppConfig } from '../config/app-config.js';
import { BackupFailure } from '../core/failure.js';
import { startProcess } from '../core/process.js';
import { abortFailure } from './abort-failure.js';
import { rcloneFailure } from './rclone-errors.js';
import { rcloneEnvironment } from './rclone-launch.js';

/**
 * The bytes of an object through a child of its own. The stream errors unless all `sizeBytes` came:
 * `rclone cat` of a missing object ends well with no output, and a killed one just ends.
 * @param remotePath `remote:path`, checked by the caller
 */
export async function catObject(
  config: AppConfig,
  remotePath: string,
  sizeBytes: number,
  signal: AbortSignal,
): Promise<Readable> {
  const args = ['cat', '--ask-password=false', '--log-level', 'ERROR', '--', remotePath];
  const child = await startProcess({
    command: config.rcloneBinary,
    args,
    environment: rcloneEnvironment(config),
  }).catch((error: unknown) => {
    throw new BackupFailure('rclone-unavailable', { detail: String(error) }, { cause: error });
  });
  const bytes = new PassThrough({ highWaterMark: 1024 * 1024 });
  let count = 0;
  child.stdout.on('data', (chunk: Buffer) => (count += chunk.length));
  child.stdout.pipe(bytes, { end: false });
  const onAbort = (): unknown => bytes.destroy(abortFailure(signal));
  signal.addEventListener('abort', onAbort, { once: true });
  bytes.once('close', () => {
    signal.removeEventListener('abort', onAbort);
    child.stdout.destroy();
    void child.stop(2000);
  });
  if (signal.aborted) onAbort();
  void child.ended.then(({ stderrTail }) => {
    if (count === sizeBytes) bytes.end();
    else if (stderrTail.trim() !== '') bytes.destroy(rcloneFailure(lastLine(stderrTail)));
    else
      bytes.destroy(
        new BackupFailure('destination-error', { detail: `read ${count} of ${sizeBytes} bytes` }),
      );
  });
  return bytes;
}

function lastLine(text: string): string {
  return text.trim().split('\n').pop() ?? '';
}
