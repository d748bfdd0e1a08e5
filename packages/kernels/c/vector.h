/*
 * Vectors of LANES floats: 4 (SSE2, NEON, WebAssembly), 8 (AVX2) or 16 (AVX-512), by what the file is compiled for.
 * Nothing is contracted by the compiler; where a product and a sum may be fused, the source says `madd`. So the bits do
 * not depend on how the compiler happened to inline, and those of plain WebAssembly SIMD are the same on every host.
 */
#ifndef UNROLL_VECTOR_H
#define UNROLL_VECTOR_H

#include "kernels.h"

#ifdef __AVX512BF16__
#include <immintrin.h>
#endif

/*
 * The microkernel's rows: MR × 2 vectors of sums, two of B and one of A fill the 16 or 32 registers. V8 loads
 * everything a loop body reads before it computes, so in WebAssembly all vectors of A need one of its 15 registers too.
 * AMX has registers of its own (amx.h).
 */
#if defined(__AMX_BF16__)
#define LANES 16
#define MR 32
#elif defined(__AVX512F__)
#define LANES 16
#define MR 12
#elif defined(__AVX2__)
#define LANES 8
#define MR 6
#elif defined(__aarch64__)
#define LANES 4
#define MR 12
#elif defined(__wasm__)
#define LANES 4
#define MR 4
#else
#define LANES 4
#define MR 6
#endif

/* Unrolls a loop four times where that costs no registers. */
#ifdef __wasm__
#define UNROLLED
#define HAS_PREFETCH 0 /* whether there is a prefetch instruction */
#else
#define UNROLLED _Pragma("clang loop unroll_count(4)")
#define HAS_PREFETCH 1
#endif
#define CACHE_LINE 16    /* floats of a cache line */
#define L2_FLOATS 131072 /* floats of half a megabyte, a core's L2 cache */

#define INLINE static inline __attribute__((always_inline))

typedef float vec __attribute__((vector_size(4 * LANES)));
typedef int32_t ivec __attribute__((vector_size(4 * LANES)));
typedef uint32_t uvec __attribute__((vector_size(4 * LANES)));
typedef float vecAnywhere __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

INLINE Size min(Size a, Size b) { return a < b ? a : b; }
INLINE Size max(Size a, Size b) { return a > b ? a : b; }
INLINE Size ceilDiv(Size n, Size size) { return (n + size - 1) / size; }

INLINE vec splat(float x) { return x - (vec){0}; }
INLINE ivec splatInt(int32_t x) { return x - (ivec){0}; }

/* a·b + c, with one rounding where the processor has an instruction for it. */
INLINE vec madd(vec a, vec b, vec c) {
#if defined(__FMA__) || defined(__aarch64__)
  return __builtin_elementwise_fma(a, b, c);
#elif defined(__wasm_relaxed_simd__)
  return __builtin_wasm_relaxed_madd_f32x4(a, b, c);
#else
  return a * b + c;
#endif
}

/* condition ? a : b, lane by lane; a condition is what a comparison gives. */
INLINE vec choose(ivec condition, vec a, vec b) { return (vec)((condition & (ivec)a) | (~condition & (ivec)b)); }

/* NaN stays NaN in both. */
INLINE vec minv(vec x, vec limit) { return choose(x > limit, limit, x); }
INLINE vec maxv(vec x, vec limit) { return choose(x < limit, limit, x); }
INLINE vec absv(vec x) { return (vec)((ivec)x & 0x7fffffff); }

INLINE vec sqrtv(vec x) {
  for (int lane = 0; lane < LANES; lane++) x[lane] = __builtin_sqrtf(x[lane]); /* becomes one instruction */
  return x;
}

INLINE vec load(const float *p) { return *(const vecAnywhere *)p; }
INLINE void store(float *p, vec v) { *(vecAnywhere *)p = v; }

/* The first n floats at p, padded with `rest`. */
INLINE vec loadPadded(const float *p, Size n, float rest) {
  if (n >= LANES) return load(p);
  vec v = splat(rest);
  for (Size i = 0; i < n; i++) v[i] = p[i];
  return v;
}
INLINE vec loadPartial(const float *p, Size n) { return loadPadded(p, n, 0); }
INLINE void storePartial(float *p, vec v, Size n) {
  if (n >= LANES) store(p, v);
  else
    for (Size i = 0; i < n; i++) p[i] = v[i];
}

/* The first n of y = v + beta·y. */
INLINE void storeBeta(float *y, vec v, Size n, int beta) { storePartial(y, beta ? v + loadPartial(y, n) : v, n); }

/* Σ v, in pairs: the same order at every call. */
INLINE float sumLanes(vec v) {
  for (int half = LANES / 2; half > 0; half /= 2)
    for (int i = 0; i < half; i++) v[i] += v[i + half];
  return v[0];
}

/* f(n, …), with a second copy of f compiled for whole vectors, in which n is a constant. */
#define WHOLE_OR_PARTIAL(n, f, ...) ((n) >= LANES ? f(LANES, __VA_ARGS__) : f(n, __VA_ARGS__))

#if LANES == 16
#define LOW_HALVES 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define HIGH_HALVES 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#elif LANES == 8
#define LOW_HALVES 0, 8, 1, 9, 2, 10, 3, 11
#define HIGH_HALVES 4, 12, 5, 13, 6, 14, 7, 15
#else
#define LOW_HALVES 0, 4, 1, 5
#define HIGH_HALVES 2, 6, 3, 7
#endif

/* The transpose of LANES × LANES floats: log2 LANES perfect shuffles. */
INLINE void transpose(vec v[LANES]) {
  for (int width = 1; width < LANES; width *= 2) {
    vec u[LANES];
    for (int i = 0; i < LANES / 2; i++) {
      u[2 * i] = __builtin_shufflevector(v[i], v[i + LANES / 2], LOW_HALVES);
      u[2 * i + 1] = __builtin_shufflevector(v[i], v[i + LANES / 2], HIGH_HALVES);
    }
    for (int i = 0; i < LANES; i++) v[i] = u[i];
  }
}

/*
 * What a lane of a packed product multiplies is a word of 32 bits: a float, or where this is compiled for bf16 products
 * the bfloat16 of two consecutive k, rounded to nearest even; NaN stays NaN. Sums are floats.
 */
#ifdef __AVX512BF16__
#define PER_WORD 2

typedef __bf16 bf16s __attribute__((vector_size(2 * LANES)));
typedef int32_t wordAnywhere __attribute__((aligned(4), may_alias));

#define FIRST_THEN_SECOND \
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
#define ALTERNATING \
  0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31

/* Words of the first n of 2·LANES consecutive floats. */
INLINE vec loadWords(const float *p, Size n) {
  bf16s first = __builtin_convertvector(loadPartial(p, n), bf16s);
  bf16s second = __builtin_convertvector(n > LANES ? loadPartial(p + LANES, n - LANES) : (vec){0}, bf16s);
  return (vec)__builtin_shufflevector(first, second, FIRST_THEN_SECOND);
}

/* Words of the first n of LANES columns at p: of two rows ld apart, or of one where `depth` is 1. */
INLINE vec loadColumnWords(const float *p, Size ld, Size n, Size depth) {
  bf16s first = __builtin_convertvector(loadPartial(p, n), bf16s);
  bf16s second = __builtin_convertvector(depth > 1 ? loadPartial(p + ld, n) : (vec){0}, bf16s);
  return (vec)__builtin_shufflevector(first, second, ALTERNATING);
}

INLINE vec splatWord(const float *p) { return (vec)splatInt(*(const wordAnywhere *)p); }
INLINE vec maddWords(vec a, vec b, vec c) { return (vec)_mm512_dpbf16_ps((__m512)c, (__m512bh)a, (__m512bh)b); }

#else
#define PER_WORD 1

INLINE vec loadWords(const float *p, Size n) { return loadPartial(p, n); }
INLINE vec loadColumnWords(const float *p, Size ld, Size n, Size depth) {
  (void)ld, (void)depth;
  return loadPartial(p, n);
}
INLINE vec splatWord(const float *p) { return splat(*p); }
INLINE vec maddWords(vec a, vec b, vec c) { return madd(a, b, c); }
#endif

#define WORD_LANES (LANES * PER_WORD) /* floats in a vector of words */

/* Words of n floats; the last is filled up with zero. */
INLINE Size wordCount(Size n) { return ceilDiv(n, PER_WORD); }

#endif
