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

#define WIDE 8      /* vectors side by side: whole cache lines, and additions that need not wait for one another */
#define ROW_RUN 128 /* rows after which a partial sum is added to the whole, so that errors stay small */

/* sums[v] = Σ_r of the columns from c + v·LANES, `wide` vectors of them */
INLINE void sumDown(const Sums *s, Size c, Size n, int wide, vec *sums) {
  for (int v = 0; v < wide; v++) sums[v] = (vec){0};
  for (Size from = 0; from < s->rows; from += ROW_RUN) {
    vec part[WIDE] = {0};
    for (Size r = from; r < min(from + ROW_RUN, s->rows); r++)
      for (int v = 0; v < wide; v++) {
        Size at = r * s->ld + c + v * LANES;
        vec a = loadPartial(s->a + at, n);
        part[v] = s->b ? madd(a, loadPartial(s->b + at, n), part[v]) : part[v] + a;
      }
    for (int v = 0; v < wide; v++) sums[v] += part[v];
  }
}

static void sumRowsRange(const void *context, Size from, Size to) {
  const Sums *s = context;
  Size c = from;
  for (; c + WIDE * LANES <= to; c += WIDE * LANES) {
    vec sums[WIDE];
    sumDown(s, c, LANES, WIDE, sums);
    for (Size v = 0; v < WIDE; v++) storeBeta(s->y + c + v * LANES, sums[v], LANES, s->beta);
  }
  for (Size rest = c, n = to - rest; n > 0; rest += LANES, n -= LANES) {
    vec sum;
    sumDown(s, rest, n, 1, &sum);
    storeBeta(s->y + rest, sum, n, s->beta);
  }
}

/* y[c] = Σ_r x[r, c] + beta·y[c]. */
void sumRows(float *y, const float *x, Size ldX, Size rows, Size cols, int beta) {
  Sums s = {y, x, 0, ldX, rows, cols, beta};
  overRange(sumRowsRange, &s, cols, rows);
}

/* y[c] = Σ_r a[r, c]·b[r, c] + beta·y[c]; a and b: [rows, cols] without gaps. */
void sumRowsOfProduct(float *y, const float *a, const float *b, Size rows, Size cols, int beta) {
  Sums s = {y, a, b, cols, rows, cols, beta};
  overRange(sumRowsRange, &s, cols, rows);
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
