// @ts-check
/**
 * Runs in a thread of its own: hashes files and streams for `hash-threads.ts`, which knows what is sent both ways.
 * Plain JavaScript, since a thread starts from a file that Node can run: the same one from `src` in tests and from `dist`.
 */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { setImmediate } from 'node:timers';
import { parentPort } from 'node:worker_threads';

/** Stays in the processor's cache from reading to hashing. */
const READ_BYTES = 256 * 1024;

/** @typedef {import('./hash-threads.js').Order} Order */

/** @type {Map<number, import('node:crypto').Hash[]>} */
const streams = new Map();
/** @type {Map<number, number>} File descriptors. */
const files = new Map();
/** @type {Buffer | null} One is enough: nothing else runs between a read and its hashing. */
let room = null;

/** @param {import('./hash-threads.js').Answer} answer */
const tell = (answer) => parentPort?.postMessage(answer);

parentPort?.on('message', (/** @type {Order} */ order) => {
  try {
    obey(order);
  } catch (error) {
    end(order.id, error);
  }
});

/** @param {Order} order */
function obey(order) {
  switch (order.kind) {
    case 'file':
      files.set(order.id, openSync(order.path, 'r'));
      hashOn(order.id, createHash('sha256'), 0);
      return;
    case 'stream':
      streams.set(
        order.id,
        order.names.map((name) => createHash(name)),
      );
      return;
    case 'bytes':
      for (const hash of hashesOf(order.id)) hash.update(new Uint8Array(order.slot, 0, order.length));
      tell({ id: order.id, kind: 'taken' });
      return;
    case 'digest':
      tell({ id: order.id, kind: 'digests', digests: hashesOf(order.id).map((hash) => hash.digest('hex')) });
      streams.delete(order.id);
      return;
    case 'stop':
      letGo(order.id);
      tell({ id: order.id, kind: 'stopped' });
  }
}

/** @param {number} id */
function hashesOf(id) {
  const hashes = streams.get(id);
  if (hashes === undefined) throw new Error('bytes of a stream that is not known');
  return hashes;
}

/**
 * One piece after the other, so that orders are heard in between.
 * @param {number} id @param {import('node:crypto').Hash} hash @param {number} sizeBytes
 */
function hashOn(id, hash, sizeBytes) {
  const file = files.get(id);
  if (file === undefined) return;
  try {
    room ??= Buffer.allocUnsafeSlow(READ_BYTES);
    const count = readSync(file, room, 0, READ_BYTES, sizeBytes);
    if (count > 0) {
      hash.update(room.subarray(0, count));
      setImmediate(hashOn, id, hash, sizeBytes + count);
      return;
    }
    letGo(id);
    tell({ id, kind: 'file', sizeBytes, sha256: hash.digest('hex') });
  } catch (error) {
    end(id, error);
  }
}

/** @param {number} id @param {unknown} error */
function end(id, error) {
  letGo(id);
  const code = error instanceof Error && 'code' in error ? String(error.code) : null;
  tell({ id, kind: 'failed', message: error instanceof Error ? error.message : String(error), code });
}

/** @param {number} id */
function letGo(id) {
  streams.delete(id);
  const file = files.get(id);
  files.delete(id);
  if (file !== undefined) closeSync(file);
}
