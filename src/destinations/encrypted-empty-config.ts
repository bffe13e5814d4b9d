import { createHash, randomBytes } from 'node:crypto';

const NONCE_BYTES = 24;
const SIGMA = 'expand 32-byte k';

/**
 * An encrypted rclone.conf with nothing in it. rclone keeps a file encrypted that is, but never begins with it by
 * itself, whatever RCLONE_CONFIG_PASS says. Its format is a NaCl secretbox; of an empty one there is only the
 * Poly1305 tag, which for no bytes is the second half of the one-time key.
 */
export function encryptedEmptyConfig(pass: string, nonce = randomBytes(NONCE_BYTES)): string {
  const key = createHash('sha256').update(`[${pass}][rclone-config]`).digest();
  const inner = hsalsa(key, nonce.subarray(0, 16));
  const counted = Buffer.concat([nonce.subarray(16), Buffer.alloc(8)]);
  const tag = salsaBlock(inner, counted).subarray(16, 32);
  const box = Buffer.concat([nonce, tag]).toString('base64');
  return `# Encrypted rclone configuration File\n\nRCLONE_ENCRYPT_V0:\n${box}\n`;
}

function stateOf(key: Buffer, input: Buffer): Uint32Array {
  const sigma = Buffer.from(SIGMA);
  const word = (from: Buffer, nth: number): number => from.readUInt32LE(4 * nth);
  const state = new Uint32Array(16);
  for (let nth = 0; nth < 4; nth += 1) {
    state[5 * nth] = word(sigma, nth);
    state[1 + nth] = word(key, nth);
    state[6 + nth] = word(input, nth);
    state[11 + nth] = word(key, 4 + nth);
  }
  return state;
}

/** The 20 rounds of Salsa20. */
function rounds(state: Uint32Array): Uint32Array {
  const x = Uint32Array.from(state);
  const mix = (to: number, a: number, b: number, bits: number): void => {
    const sum = ((x[a] ?? 0) + (x[b] ?? 0)) >>> 0;
    x[to] = (x[to] ?? 0) ^ ((sum << bits) | (sum >>> (32 - bits)));
  };
  const quarter = (a: number, b: number, c: number, d: number): void => {
    mix(b, a, d, 7);
    mix(c, b, a, 9);
    mix(d, c, b, 13);
    mix(a, d, c, 18);
  };
  for (let double = 0; double < 10; double += 1) {
    for (const nth of [0, 5, 10, 15]) quarter(nth, (nth + 4) % 16, (nth + 8) % 16, (nth + 12) % 16);
    for (const nth of [0, 5, 10, 15]) {
      const row = nth - (nth % 4);
      quarter(nth, row + ((nth + 1) % 4), row + ((nth + 2) % 4), row + ((nth + 3) % 4));
    }
  }
  return x;
}

function hsalsa(key: Buffer, input: Buffer): Buffer {
  const x = rounds(stateOf(key, input));
  return bytesOf([0, 5, 10, 15, 6, 7, 8, 9].map((nth) => x[nth] ?? 0));
}

function salsaBlock(key: Buffer, input: Buffer): Buffer {
  const state = stateOf(key, input);
  const x = rounds(state);
  return bytesOf([...x].map((value, nth) => (value + (state[nth] ?? 0)) >>> 0));
}

function bytesOf(words: number[]): Buffer {
  const bytes = Buffer.alloc(4 * words.length);
  words.forEach((value, nth) => bytes.writeUInt32LE(value, 4 * nth));
  return bytes;
}
