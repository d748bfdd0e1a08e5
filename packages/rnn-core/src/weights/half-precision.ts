/** The number formats of 16 bits: F16 has 5 bits of exponent and 10 of fraction, BF16 is the upper half of a float32. */
export type HalfDtype = 'F16' | 'BF16';

/** Returns halves as float32, which holds every one of them exactly. */
export function fromHalf(halves: Uint16Array, dtype: HalfDtype): Float32Array<ArrayBuffer> {
  const bits = dtype === 'BF16' ? (half: number) => half << 16 : float32OfF16;
  return new Float32Array(Int32Array.from(halves, bits).buffer);
}

/** Rounds to the nearest half, ties to even, as torch's `half()` and `bfloat16()` do: what is too large becomes Infinity. */
export function toHalf(values: Float32Array | Float64Array, dtype: HalfDtype): Uint16Array<ArrayBuffer> {
  const bits = new Int32Array(Float32Array.from(values).buffer);
  return Uint16Array.from(bits, dtype === 'BF16' ? bf16OfFloat32 : f16OfFloat32);
}

/** The bits of a float32 of the same value as an F16. */
function float32OfF16(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return sign | 0x7f800000 | (fraction << 13); // infinity, NaN
  if (exponent > 0) return sign | ((exponent + 112) << 23) | (fraction << 13); // 127 - 15 = 112
  if (fraction === 0) return sign;
  const shift = Math.clz32(fraction) - 21; // a subnormal half is a normal float32
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13);
}

/** The F16 nearest to a float32, both as bits. */
function f16OfFloat32(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00; // NaN
  if (magnitude >= 0x38800000) {
    // Rounding may carry into the exponent, and from the largest half on into infinity's.
    const rounded = (magnitude + 0xfff + ((magnitude >> 13) & 1) - (112 << 23)) >> 13;
    return sign | Math.min(rounded, 0x7c00);
  }
  // Below 2⁻¹⁴ halves lie 2⁻²⁴ apart, as float32 do from 0.5 on: adding 0.5 rounds.
  FLOAT_BITS[0] = magnitude;
  FLOAT[0] = (FLOAT[0] as number) + 0.5;
  return sign | (FLOAT_BITS[0] - 0x3f000000);
}

/** The BF16 nearest to a float32, both as bits. */
function bf16OfFloat32(bits: number): number {
  if ((bits & 0x7fffffff) > 0x7f800000) return ((bits >>> 16) & 0x8000) | 0x7fc0; // NaN
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

const FLOAT = new Float32Array(1);
const FLOAT_BITS = new Int32Array(FLOAT.buffer);
