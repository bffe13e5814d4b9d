import { createCipheriv, createHash } from 'node:crypto';

const BLOCK_BYTES = 1024 * 1024;
const blocks = new Map();
const digests = new Map();

/** One seeded pseudo-random mebibyte. */
function blockOf(seed) {
  let block = blocks.get(seed);
  if (block === undefined) {
    const key = createHash('sha256').update(`key ${seed}`).digest();
    block = createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(BLOCK_BYTES));
    blocks.set(seed, block);
  }
  return block;
}

/**
 * The export's bytes in chunks; the same seed and size are always the same bytes, made without keeping any.
 * @param {string} seed @param {number} from first byte @param {number} to byte after the last @param {number} chunkBytes
 */
export function* exportBytes(seed, from, to, chunkBytes = 64 * 1024) {
  const block = blockOf(seed);
  for (let at = from; at < to;) {
    const start = at % BLOCK_BYTES;
    const length = Math.min(chunkBytes, to - at, BLOCK_BYTES - start);
    yield block.subarray(start, start + length);
    at += length;
  }
}

/** sha256 in hex of the whole export. */
export function digestOf(seed, sizeBytes) {
  const name = `${seed}/${sizeBytes}`;
  let digest = digests.get(name);
  if (digest === undefined) {
    const hash = createHash('sha256');
    for (const chunk of exportBytes(seed, 0, sizeBytes, BLOCK_BYTES)) hash.update(chunk);
    digest = hash.digest('hex');
    digests.set(name, digest);
  }
  return digest;
}
