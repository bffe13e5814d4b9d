import { randomUUID } from 'node:crypto';
import type { ClientRequest } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { BackupFailure, messageOf } from '../core/failure.js';
import { abortFailure, unlessAborted } from './abort-failure.js';
import { atMost } from './at-most.js';
import type { SplitKey } from './object-key.js';
import { answerOf, rcRequest } from './rc-http.js';
import type { RcAnswer, RcEndpoint } from './rc-http.js';
import { rcloneFailure } from './rclone-errors.js';
import { errorIn } from './rclone-rc.js';
import type { RcloneRc } from './rclone-rc.js';
import { RequestBody } from './request-body.js';

/** How long rclone may take to see that an upload was broken off, and to clean up. */
const LET_GO_MS = 15_000;
/** Not a chunk length: rclone's HTTP server reads an error here, which can't be taken for the end of the body. */
const POISON = 'broken off\r\n';

/** rclone answered before it had everything, or went away; what it said is asked for later. */
class UploadCutShort extends Error {}

/**
 * Streams `body` into `operations/uploadfile` as a multipart body of our own. The closing boundary is only sent
 * after `body` has ended properly. Otherwise the chunked framing is broken on purpose: unlike a closed connection,
 * which rclone 1.60 may take for a short object (seen: an empty file stays), that is an error to it at every size,
 * and its answer tells when it has let go.
 * @throws the failure of `body` or of `signal`; else what rclone said. rclone no longer writes by then.
 */
export async function uploadStream(
  rc: RcloneRc,
  fs: string,
  key: SplitKey,
  body: Readable,
  signal: AbortSignal,
): Promise<void> {
  try {
    await rc.use((endpoint) => upload(rc, endpoint, fs, key, body, signal));
  } catch (error) {
    body.destroy();
    throw error;
  }
}

async function upload(
  rc: RcloneRc,
  endpoint: RcEndpoint,
  fs: string,
  key: SplitKey,
  body: Readable,
  signal: AbortSignal,
): Promise<void> {
  const group = `upload-${randomUUID()}`;
  const boundary = randomUUID();
  const sent = begin(rc, endpoint, { fs, remote: key.folder, group, boundary });
  const answer = answerOf(sent);
  answer.catch(() => undefined);
  try {
    sent.write(
      `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${key.name}"\r\nContent-Type: application/octet-stream\r\n\r\n`,
    );
    await pump(body, sent, answer, signal);
    sent.end(`\r\n--${boundary}--\r\n`);
    // No limit of our own: a backend that spools has everything still before it, and `--timeout` watches the remote.
    const { status, text } = await unlessAborted(answer.catch(cutShort), signal);
    if (status !== 200) throw rcloneFailure(errorIn(text));
  } catch (error) {
    body.destroy();
    throw await letGo(rc, group, sent, answer, signal.aborted ? abortFailure(signal) : error);
  } finally {
    void rc.forgetGroup(group);
  }
}

function begin(
  rc: RcloneRc,
  endpoint: RcEndpoint,
  order: { fs: string; remote: string; group: string; boundary: string },
): ClientRequest {
  const { fs, remote, group, boundary } = order;
  const query = new URLSearchParams({ fs, remote, _group: group, _config: '{"IgnoreChecksum":true}' });
  const headers = { 'content-type': `multipart/form-data; boundary=${boundary}` };
  return rcRequest(endpoint, `/operations/uploadfile?${query.toString()}`, {
    agent: rc.agent,
    headers,
  });
}

/** @throws UploadCutShort when rclone ends it, a BackupFailure when the source or the signal does */
async function pump(
  body: Readable,
  sent: ClientRequest,
  answer: Promise<RcAnswer>,
  signal: AbortSignal,
): Promise<void> {
  // Once all is sent the body is gone, and this does nothing.
  const early = (why: string): void => void body.destroy(new UploadCutShort(why));
  answer.then(
    () => early('rclone answered before it had everything'),
    (error: unknown) => early(messageOf(error)),
  );
  try {
    await unlessAborted(pipeline(body, new RequestBody(sent)), signal);
  } catch (error) {
    if (error instanceof BackupFailure || error instanceof UploadCutShort) throw error;
    if (sent.errored !== null || sent.destroyed || sent.socket?.destroyed === true)
      throw new UploadCutShort(messageOf(error), { cause: error });
    throw new BackupFailure('export-broken', { detail: messageOf(error) }, { cause: error });
  }
}

/** Breaks the upload off and waits until rclone has stopped writing. @returns what to throw */
async function letGo(
  rc: RcloneRc,
  group: string,
  sent: ClientRequest,
  answer: Promise<RcAnswer>,
  why: unknown,
): Promise<unknown> {
  // Without a socket, nothing has reached rclone yet.
  if (sent.writableEnded || sent.socket === null) sent.destroy();
  else sent.socket.write(POISON);
  const last = await atMost(LET_GO_MS, answer);
  sent.destroy();
  const lastError = await untilIdle(rc, group);
  if (!(why instanceof UploadCutShort)) return why;
  if (last !== null && last.status !== 200) return rcloneFailure(errorIn(last.text), why);
  if (lastError !== null) return rcloneFailure(lastError, why);
  return new BackupFailure('rclone-unavailable', { detail: why.message }, { cause: why });
}

/** @returns the last error of the group. A daemon that is gone writes no more either. */
async function untilIdle(rc: RcloneRc, group: string): Promise<string | null> {
  for (let waited = 0; waited < LET_GO_MS; waited += 50) {
    const stats = await rc.groupStats(group).catch(() => null);
    if (stats === null || !stats.busy) return stats?.lastError ?? null;
    await pause(50);
  }
  return null;
}

function cutShort(error: unknown): never {
  throw new UploadCutShort(messageOf(error), { cause: error });
}
