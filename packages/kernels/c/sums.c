/*
 * Sums down the rows and across the columns. Down the rows, tasks are columns: each is summed in one order.
 */
#include "range.h"

typedef struct {
  float *y;
  const float *a, *b; /* b null for a plain sum */
  Size ld, rows, cols;
  int beta;
} Sums;

static void sumRowsRange(const void *context, Size from, Size to) {
  const Sums *s = context;
  for (EACH(c, n, from, to)) {
    /* Four partial sums, so that additions need not wait for one another and errors stay small. */
    vec sum[4] = {0};
    for (Size r = 0; r < s->rows; r++) {
      vec v = loadSome(s->a + r * s->ld + c, n);
      sum[r & 3] = s->b ? madd(v, loadSome(s->b + r * s->ld + c, n), sum[r & 3]) : sum[r & 3] + v;
    }
    vec all = (sum[0] + sum[1]) + (sum[2] + sum[3]);
    storeSome(s->y + c, s->beta ? all + loadSome(s->y + c, n) : all, n);
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
    for (EACH(c, n, 0, s->cols)) sum += loadSome(s->a + r * s->cols + c, n);
    s->y[r] = total(sum) + (s->beta ? s->y[r] : 0);
  }
}

/* y[r] = Σ_c x[r, c] + beta·y[r]; x: [rows, cols] without gaps. */
void sumColumns(float *y, const float *x, Size rows, Size cols, int beta) {
  Sums s = {y, x, 0, cols, rows, cols, beta};
  overRows(sumColumnsEachRow, &s, rows, cols);
}
