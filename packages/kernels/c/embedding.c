/*
 * Rows of an embedding table by id, and the sum of their gradients.
 */
#include "range.h"

typedef struct {
  float *y, *dtable;
  const float *table, *dy;
  const int32_t *ids;
  Size N, D;
} Embedding;

static void embeddingForwardEachRow(const void *context, Size from, Size to) {
  const Embedding *e = context;
  for (Size row = from; row < to; row++) {
    float *y = e->y + row * e->D;
    const float *x = e->table + e->ids[row] * e->D;
    for (Size d = 0, n = e->D; n > 0; d += LANES, n -= LANES) storePartial(y + d, loadPartial(x + d, n), n);
  }
}

/* y[n, :] = table[ids[n], :]; ids: int32 [N]; table: [V, D]. */
void embeddingForward(float *y, const float *table, const int32_t *ids, Size N, Size D) {
  Embedding e = {.y = y, .table = table, .ids = ids, .N = N, .D = D};
  overRows(embeddingForwardEachRow, &e, N, D);
}

/* A task is some columns of all rows, so that what one row of the table gets is added in the order of n. */
static void embeddingBackwardRange(const void *context, Size from, Size to) {
  const Embedding *e = context;
  for (Size row = 0; row < e->N; row++) {
    float *dx = e->dtable + e->ids[row] * e->D;
    const float *dy = e->dy + row * e->D;
    for (Size d = from, n = to - d; n > 0; d += LANES, n -= LANES)
      storePartial(dx + d, loadPartial(dx + d, n) + loadPartial(dy + d, n), n);
  }
}

/* dtable[ids[n], :] += dy[n, :], in the order of n. Always adds. */
void embeddingBackward(float *dtable, const float *dy, const int32_t *ids, Size N, Size D) {
  Embedding e = {.dtable = dtable, .dy = dy, .ids = ids, .N = N, .D = D};
  overColumns(embeddingBackwardRange, &e, D, N);
}
