/*
 * Sums over rows and over columns. Sums over rows are divided into tasks by column, so that the order of each sum is
 * fixed.
 */
#include "range.h"

typedef struct {
  float *y;
  const float *a, *b; /* b null for a plain sum */
  Size ld, rows, cols;
  int beta;
} Sums;

#define ROW_RUN 128 /* rows after which a partial sum is added to the whole, so that errors stay small */

/* part[v] += a or a·b, for the vectors of one row from `at` on. */
INLINE void addRow(vec *part, const Sums *s, Size at, Size n) {
  for (; n > 0; part++, at += LANES, n -= LANES) {
    vec a = loadPartial(s->a + at, n);
    *part = s->b ? madd(a, loadPartial(s->b + at, n), *part) : *part + a;
  }
}

/* Row by row, so that memory is read in long runs. */
static void sumRowsRange(const void *context, Size from, Size to) {
  const Sums *s = context;
  Size n = to - from, vectors = ceilDiv(n, LANES);
  vec sums[MAX_COLUMNS / LANES] = {0};
  for (Size run = 0; run < s->rows; run += ROW_RUN) {
    vec part[MAX_COLUMNS / LANES] = {0};
    for (Size r = run; r < min(run + ROW_RUN, s->rows); r++) addRow(part, s, r * s->ld + from, n);
    for (Size v = 0; v < vectors; v++) sums[v] += part[v];
  }
  for (Size v = 0; v < vectors; v++) storeBeta(s->y + from + v * LANES, sums[v], n - v * LANES, s->beta);
}

/* y[c] = Σ_r x[r, c] + beta·y[c]. */
void sumRows(float *y, const float *x, Size ldX, Size rows, Size cols, int beta) {
  Sums s = {y, x, 0, ldX, rows, cols, beta};
  overColumns(sumRowsRange, &s, cols, rows);
}

/* y[c] = Σ_r a[r, c]·b[r, c] + beta·y[c]; a and b: [rows, cols] without gaps. */
void sumRowsOfProduct(float *y, const float *a, const float *b, Size rows, Size cols, int beta) {
  Sums s = {y, a, b, cols, rows, cols, beta};
  overColumns(sumRowsRange, &s, cols, rows);
}

static void sumColumnsEachRow(const void *context, Size from, Size to) {
  const Sums *s = context;
  for (Size r = from; r < to; r++) {
    vec sum = {0};
    for (Size c = 0, n = s->cols; n > 0; c += LANES, n -= LANES) sum += loadPartial(s->a + r * s->cols + c, n);
    s->y[r] = sumLanes(sum) + (s->beta ? s->y[r] : 0);
  }
}

/* y[r] = Σ_c x[r, c] + beta·y[r]; x: [rows, cols] without gaps. */
void sumColumns(float *y, const float *x, Size rows, Size cols, int beta) {
  Sums s = {y, x, 0, cols, rows, cols, beta};
  overRows(sumColumnsEachRow, &s, rows, cols);
}
