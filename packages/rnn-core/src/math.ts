/**
 * exp, ln, tanh, the logistic function, softplus and whole powers in float64, from additions, products and quotients alone: IEEE
 * 754 makes those the same everywhere, and `Math.exp` is not. Good to about 1e-15 relative.
 */

const LN2_HIGH = 6.9314718036912381649e-1; // 32 bits, so that k·LN2_HIGH is exact
const LN2_LOW = 1.90821492927058770002e-10;

const bits = new DataView(new ArrayBuffer(8));

/** 2^k for whole k in [-1022, 1023]. */
function powerOfTwo(k: number): number {
  bits.setInt32(0, (k + 1023) << 20);
  bits.setInt32(4, 0);
  return bits.getFloat64(0);
}

/**
 * e^x: x = k·ln 2 + r with |r| ≤ ln 2 / 2, and the Taylor series of e^r to r¹³ (remainder below 4e-18).
 */
export function exp(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x > 709.782712893384) return Infinity;
  if (x < -745.1332191019412) return 0;
  const k = Math.round(x * Math.LOG2E);
  const r = x - k * LN2_HIGH - k * LN2_LOW;
  // biome-ignore format: Horner's scheme, r¹³/13! innermost
  const series = 1 + r * (1 + r * (1 / 2 + r * (1 / 6 + r * (1 / 24 + r * (1 / 120 + r * (1 / 720 + r * (1 / 5040 +
    r * (1 / 40320 + r * (1 / 362880 + r * (1 / 3628800 + r * (1 / 39916800 + r * (1 / 479001600 + r * (1 / 6227020800)))))))))))));
  // Two factors, so that results below 2^-1022 come out as subnormals.
  const half = k >> 1;
  return series * powerOfTwo(half) * powerOfTwo(k - half);
}

/**
 * ln x: x = m·2^k with m in [√½, √2), s = (m-1)/(m+1), ln m = 2·Σ s^(2j+1)/(2j+1) to j = 10.
 */
export function ln(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : Number.NaN;
  if (x === Infinity) return x;
  let k = 0;
  if (x < 2.2250738585072014e-308) {
    x *= 18014398509481984; // 2^54
    k = -54;
  }
  bits.setFloat64(0, x);
  const high = bits.getInt32(0);
  k += (high >>> 20) - 1023;
  bits.setInt32(0, (high & 0xfffff) | 0x3ff00000);
  let m = bits.getFloat64(0);
  if (m > Math.SQRT2) {
    m /= 2;
    k++;
  }
  const s = (m - 1) / (m + 1);
  const s2 = s * s;
  let sum = 0;
  for (let j = 10; j >= 0; j--) sum = sum * s2 + 1 / (2 * j + 1);
  return k * LN2_HIGH + (2 * s * sum + k * LN2_LOW);
}

/** The logistic function 1 / (1 + e^-x), without overflow on either side. */
export function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + exp(-x));
  const e = exp(x);
  return e / (1 + e);
}

/** ln(1 + e^x) = max(x, 0) + ln(1 + e^-|x|), where what is lost in u = 1 + e is added back. */
export function softplus(x: number): number {
  const e = exp(-Math.abs(x));
  const u = 1 + e;
  return Math.max(x, 0) + (ln(u) + (e - (u - 1)) / u);
}

/** tanh x: an odd series below 0.05, where 1 - e would cancel, and (1 - e)/(1 + e) with e = e^-2|x| above. */
export function tanh(x: number): number {
  const a = Math.abs(x);
  if (a < 0.05) {
    const x2 = x * x;
    return x * (1 + x2 * (-1 / 3 + x2 * (2 / 15 + x2 * (-17 / 315 + x2 * (62 / 2835 - x2 * (1382 / 155925))))));
  }
  const e = exp(-2 * a);
  const t = (1 - e) / (1 + e);
  return x < 0 ? -t : t;
}

/** base^n for whole n ≥ 0, by repeated squaring. */
export function power(base: number, n: number): number {
  let result = 1;
  let square = base;
  for (let rest = n; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result *= square;
    square *= square;
  }
  return result;
}
