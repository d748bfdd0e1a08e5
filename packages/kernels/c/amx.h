/*
 * The microkernel with AMX, whose registers hold 16 rows of 16 words: four of them are a tile of 32 × 32 sums, and one
 * instruction multiplies 16 rows with a square of 16 × 16 words. A is read by rows, [MR, K] where it is packed.
 * Each sum is the same chain over k, whatever the tile. The instruction takes a denormal for zero.
 */
#ifndef UNROLL_AMX_H
#define UNROLL_AMX_H

#define SIDE 16 /* rows of a register, and words of a row */
#define MAX_ROWS_IN_PLACE MR

INLINE int evenShare(Size rows, Size tiles) { return (int)(tiles > 1 ? MR : rows); }

/* Shapes the registers: 0 to 3 are sums, 4 and 5 rows of A, 6 and 7 squares of B, over `words` of k. Clears them. */
static void shapeRegisters(Size words) {
  struct {
    uint8_t palette, unused[15];
    uint16_t rowBytes[16];
    uint8_t rows[16];
  } shapes = {.palette = 1};
  for (int i = 0; i < 8; i++) {
    shapes.rows[i] = i < 6 ? SIDE : (uint8_t)words;
    shapes.rowBytes[i] = 4 * (i == 4 || i == 5 ? (uint16_t)words : SIDE);
  }
  _tile_loadconfig(&shapes);
}

/* Between the products of two tasks the registers are free, and cost the system nothing. */
INLINE void beginProducts(void) { shapeRegisters(SIDE); }
INLINE void endProducts(void) { _tile_release(); }

/* The sums of 16 rows, or where `both` of 32, over the words of one register. */
INLINE void multiplySquares(int both, const float *a, Size ldA, const float *b, Size bStride) {
  _tile_loadd(6, b, 4 * bStride);
  _tile_loadd(4, a, 4 * ldA);
  _tile_dpbf16ps(0, 4, 6);
  _tile_loadd(7, b + SIDE, 4 * bStride);
  _tile_dpbf16ps(1, 4, 7);
  if (!both) return;
  _tile_loadd(5, a + SIDE * ldA, 4 * ldA);
  _tile_dpbf16ps(2, 5, 6);
  _tile_dpbf16ps(3, 5, 7);
}

INLINE void loadSums(const float *sums) {
  _tile_loadd(0, sums, 4 * NR);
  _tile_loadd(1, sums + SIDE, 4 * NR);
  _tile_loadd(2, sums + SIDE * NR, 4 * NR);
  _tile_loadd(3, sums + SIDE * NR + SIDE, 4 * NR);
}

INLINE void storeSums(float *sums) {
  _tile_stored(0, sums, 4 * NR);
  _tile_stored(1, sums + SIDE, 4 * NR);
  _tile_stored(2, sums + SIDE * NR, 4 * NR);
  _tile_stored(3, sums + SIDE * NR + SIDE, 4 * NR);
}

/* sums[MR, NR] = a·b of 16 rows of a, or where `both` of 32; first the words that fill no register. */
INLINE void multiply(float *sums, int both, const float *a, Size ldA, const float *b, Size bStride, Size K) {
  Size k = K % SIDE;
  if (k > 0) {
    shapeRegisters(k);
    multiplySquares(both, a, ldA, b, bStride);
    storeSums(sums);
    shapeRegisters(SIDE);
    loadSums(sums);
  } else {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
  }
  for (; k < K; k += SIDE) multiplySquares(both, a + k, ldA, b + k * bStride, bStride);
  storeSums(sums);
}

/* a: `rows` rows, and what follows up to 16 or 32 rows may be read. */
INLINE void tile(
    int rows, const Target *to, Size row, const float *a, Size ldA, const float *b, Size bStride, Size K) {
  _Alignas(64) float sums[MR * NR];
  if (rows > SIDE) multiply(sums, 1, a, ldA, b, bStride, K);
  else multiply(sums, 0, a, ldA, b, bStride, K);
  for (int r = 0; r < rows; r++)
    for (Size i = 0, n = to->n; n > 0; i += LANES, n -= LANES) {
      vec sum = load(sums + r * NR + i);
      if (to->bias) sum += loadPartial(to->bias + i, n);
      storeBeta(rowOf(to, row + r) + i, sum, n, to->beta);
    }
}

/* a: `rows` rows of at most KC words, each contiguous in k, one after another or where `scattered` says. */
static void tileOfRows(int rows, const Target *to, Size row, const float *a, Size ldA, const int32_t *scattered,
    const float *b, Size bStride, Size K, Prefetch prefetch) {
  (void)prefetch; /* it reads little of B, for so many sums */
  if (!scattered && rows % SIDE == 0) {
    tile(rows, to, row, a, ldA, b, bStride, K);
    return;
  }
  _Alignas(64) float gathered[MR * KC];
  for (int r = 0; r < rows; r++) {
    const float *from = a + (scattered ? scattered[r] : r) * ldA;
    for (Size k = 0; k < K; k += LANES) storePartial(gathered + r * K + k, loadPartial(from + k, K - k), K - k);
  }
  tile(rows, to, row, gathered, K, b, bStride, K);
}

/* a: packed [MR, K]. */
static void tileOfPacked(
    int rows, const Target *to, Size row, const float *a, const float *b, Size K, Prefetch prefetch) {
  (void)prefetch;
  tile(rows, to, row, a, K, b, NR, K);
}

#endif
