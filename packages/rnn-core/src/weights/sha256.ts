import { nodeModule } from '../host.ts';

interface NodeCrypto {
  createHash(name: 'sha256'): { update(bytes: Uint8Array): void; digest(encoding: 'hex'): string };
}

/**
 * SHA-256 of bytes in parts, in hexadecimal: Node's, and where there is none (a browser hashes only asynchronously), ours,
 * which is some ten times slower.
 */
export function sha256(parts: readonly Uint8Array[]): string {
  const crypto = nodeModule('node:crypto') as NodeCrypto | undefined;
  if (!crypto) return portableSha256(parts);
  const hash = crypto.createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

const BLOCK = 64; // bytes
const LENGTH_AT = 56; // where the last block holds the message's length in bits

/** Source: FIPS 180-4, sections 5 and 6.2, whose names are kept. It allocates nothing per block: it runs where a page opens. */
export function portableSha256(parts: readonly Uint8Array[]): string {
  const H = Int32Array.from(INITIAL);
  const W = new Int32Array(BLOCK);
  const block = new Uint8Array(BLOCK);
  const started = new DataView(block.buffer);
  let length = 0;
  const append = (bytes: Uint8Array): void => {
    const whole = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let done = 0; done < bytes.length; ) {
      const at = length % BLOCK;
      const count = Math.min(bytes.length - done, BLOCK - at);
      if (count === BLOCK) compress(H, W, whole, done);
      else {
        block.set(bytes.subarray(done, done + count), at);
        if (at + count === BLOCK) compress(H, W, started, 0);
      }
      done += count;
      length += count;
    }
  };
  for (const part of parts) append(part);

  const bits = BigInt(length) * 8n;
  const padding = new Uint8Array((length % BLOCK < LENGTH_AT ? BLOCK : 2 * BLOCK) - (length % BLOCK));
  padding[0] = 0x80;
  new DataView(padding.buffer).setBigUint64(padding.length - 8, bits);
  append(padding);
  return Array.from(H, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
}

/** @param words whose block of 64 bytes begins at `from` */
function compress(H: Int32Array, W: Int32Array, words: DataView, from: number): void {
  for (let t = 0; t < 16; t++) W[t] = words.getInt32(from + 4 * t);
  for (let t = 16; t < 64; t++) {
    const w2 = W[t - 2] as number;
    const w15 = W[t - 15] as number;
    const s1 = rotate(w2, 17) ^ rotate(w2, 19) ^ (w2 >>> 10);
    const s0 = rotate(w15, 7) ^ rotate(w15, 18) ^ (w15 >>> 3);
    W[t] = s1 + (W[t - 7] as number) + s0 + (W[t - 16] as number);
  }
  let a = H[0] as number;
  let b = H[1] as number;
  let c = H[2] as number;
  let d = H[3] as number;
  let e = H[4] as number;
  let f = H[5] as number;
  let g = H[6] as number;
  let h = H[7] as number;
  for (let t = 0; t < 64; t++) {
    const S1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const T1 = (h + S1 + ((e & f) ^ (~e & g)) + (K[t] as number) + (W[t] as number)) | 0;
    const S0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const T2 = (S0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + T1) | 0;
    d = c;
    c = b;
    b = a;
    a = (T1 + T2) | 0;
  }
  H[0] = (H[0] as number) + a;
  H[1] = (H[1] as number) + b;
  H[2] = (H[2] as number) + c;
  H[3] = (H[3] as number) + d;
  H[4] = (H[4] as number) + e;
  H[5] = (H[5] as number) + f;
  H[6] = (H[6] as number) + g;
  H[7] = (H[7] as number) + h;
}

const rotate = (x: number, by: number): number => (x >>> by) | (x << (32 - by));

/** The first 32 bits of the fractions of the square roots of the first 8 primes. */
// biome-ignore format: a table
const INITIAL = [
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
];

/** Those of the cube roots of the first 64. */
// biome-ignore format: a table
const K = [
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
];
