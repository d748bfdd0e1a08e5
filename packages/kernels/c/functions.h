/*
 * exp, log, tanh, the logistic function and softplus over vectors: polynomials of this project's own, the same on every
 * backend. Errors over all of float32, against the exact value, with and without fused products
 * (conformance/functions.test.ts measures them): exp below 1.1 ulp, log 1.1 ulp, tanh 2.5 ulp, logistic 2.5 ulp,
 * softplus 2.5 ulp. NaN gives NaN; infinities their limits.
 */
#ifndef UNROLL_FUNCTIONS_H
#define UNROLL_FUNCTIONS_H

#include "vector.h"

#define LOG2_E 1.44269504088896341f
#define LN2_HIGH 0.693359375f /* 9 bits: k·LN2_HIGH is exact */
#define LN2_LOW -2.12194440e-4f
#define ROUND 12582912.0f /* 1.5·2²³: adding it rounds to a whole number */

/* x = k·ln 2 + r with |r| ≤ ln 2 / 2; returns e^r - 1, the remainder of the series by a minimax polynomial. */
INLINE vec expm1Reduced(vec x, ivec *k) {
  vec shifted = madd(x, splat(LOG2_E), splat(ROUND));
  vec whole = shifted - ROUND;
  *k = (ivec)shifted - (ivec)splat(ROUND);
  vec r = madd(whole, splat(-LN2_LOW), madd(whole, splat(-LN2_HIGH), x));
  vec p = splat(1.3882516650483012e-3f);
  p = madd(p, r, splat(8.366547524929047e-3f));
  p = madd(p, r, splat(4.166720062494278e-2f));
  p = madd(p, r, splat(0.1666654348373413f));
  p = madd(p, r, splat(0.4999999701976776f));
  return madd(p * r, r, r);
}

/* 2^k for -126 ≤ k ≤ 127 */
INLINE vec powerOfTwo(ivec k) { return (vec)((k + 127) << 23); }

/* e^x; two factors of 2^k, so that what is below 2⁻¹²⁶ comes out subnormal, and what is above 2¹²⁸ infinite. */
INLINE vec expv(vec x) {
  ivec k;
  vec e = expm1Reduced(maxv(minv(x, splat(89)), splat(-105)), &k) + 1;
  ivec half = k >> 1;
  return e * powerOfTwo(half) * powerOfTwo(k - half);
}

/* tanh |x| = (e^2|x| - 1) / (e^2|x| + 1); e^2|x| - 1 is formed without cancellation. It is 1 from 9.02 on. */
INLINE vec tanhv(vec x) {
  ivec k;
  vec q = expm1Reduced(2 * minv(absv(x), splat(10)), &k);
  vec power = powerOfTwo(k);
  vec m = madd(power, q, power - 1);
  vec y = m / (m + 2);
  return (vec)((ivec)y | ((ivec)x & (int32_t)0x80000000));
}

/*
 * 1 / (1 + e^-x), as e^x / (1 + e^x) below zero: nothing overflows, and small results keep their digits. What lies
 * below 2⁻¹²⁶ is 0: from x = -88 down the power of two is, and one factor does.
 */
INLINE vec sigmoidv(vec x) {
  ivec k;
  vec q = expm1Reduced(maxv((vec)((ivec)x | (int32_t)0x80000000), splat(-88)), &k);
  vec power = powerOfTwo(k);
  vec e = madd(power, q, power);
  return choose(x < 0, e, splat(1)) / (e + 1);
}

#define SMALLEST_NORMAL 1.17549435e-38f /* 2⁻¹²⁶ */

/*
 * ln x: x = m·2^k with m in [√½, √2), f = m - 1, ln m = f - f²/2 + f³·P(f) with P a minimax polynomial. Subnormals are
 * scaled up first. Below 0 it is NaN.
 */
INLINE vec logv(vec x) {
  ivec isSmall = x < SMALLEST_NORMAL;
  vec scaled = choose(isSmall, x * 8388608.0f, x); /* 2²³ */
  ivec bits = (ivec)scaled - 0x3f3504f3;           /* √½ */
  ivec k = bits >> 23;
  vec f = (vec)((bits & 0x7fffff) + 0x3f3504f3) - 1;
  vec p = splat(0.067477285861969f);
  p = madd(p, f, splat(-0.11677515506744385f));
  p = madd(p, f, splat(0.11888697743415833f));
  p = madd(p, f, splat(-0.12405340373516083f));
  p = madd(p, f, splat(0.14219452440738678f));
  p = madd(p, f, splat(-0.16668005287647247f));
  p = madd(p, f, splat(0.20002123713493347f));
  p = madd(p, f, splat(-0.25000008940696716f));
  p = madd(p, f, splat(0.3333331346511841f));
  vec exponent = __builtin_convertvector(k + (isSmall & -23), vec), square = f * f;
  vec low = madd(exponent, splat(LN2_LOW), madd(p * f, square, square * -0.5f));
  vec y = madd(exponent, splat(LN2_HIGH), f + low);
  y = choose(x == 0, splat(-__builtin_inff()), y);
  y = choose(x < 0, splat(__builtin_nanf("")), y);
  return choose((x != x) | (x == __builtin_inff()), x, y);
}

/* ln(1 + e^x) = max(x, 0) + ln(1 + e^-|x|), where what is lost in u = 1 + e is added back. */
INLINE vec softplusv(vec x) {
  vec e = expv(-absv(x)), u = e + 1;
  vec y = maxv(x, splat(0)) + (logv(u) + (e - (u - 1)) / u);
  return choose(x != x, x, y);
}

#endif
