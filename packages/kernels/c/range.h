/*
 * Divides work over elements or rows into tasks large enough to give to another thread.
 */
#ifndef UNROLL_RANGE_H
#define UNROLL_RANGE_H

#include "host.h"
#include "vector.h"

#define MIN_TASK_COST 32768 /* operations of the smallest task for another thread: some microseconds */

/* `parallel`, unless there is too little work. `cost`: about the operations of a tile; their sum may exceed a Size. */
INLINE void parallelOver(Task *task, const void *context, Size tiles, int64_t cost) {
  if (tiles * cost >= 2 * MIN_TASK_COST) parallel(task, context, tiles);
  else
    for (Size tile = 0; tile < tiles; tile++) task(context, tile);
}

typedef void RangeTask(const void *context, Size from, Size to);

typedef struct {
  RangeTask *task;
  const void *context;
  Size N, step;
} Range;

static void rangeTile(const void *context, Size tile) {
  const Range *r = context;
  r->task(r->context, tile * r->step, min((tile + 1) * r->step, r->N));
}

/* task(context, from, to) over 0 … N, where an element costs about `cost` operations; tasks begin at multiples of 64.
 */
static void overRange(RangeTask *task, const void *context, Size N, Size cost) {
  Size step = ceilDiv(ceilDiv(MIN_TASK_COST, max(cost, 1)), 64) * 64;
  Range range = {task, context, N, step};
  parallelOver(rangeTile, &range, ceilDiv(N, step), MIN_TASK_COST);
}

/* The same over rows; a task may begin at any of them. */
static void overRows(RangeTask *task, const void *context, Size rows, Size cost) {
  Range range = {task, context, rows, ceilDiv(MIN_TASK_COST, max(cost, 1))};
  parallelOver(rangeTile, &range, ceilDiv(rows, range.step), MIN_TASK_COST);
}

#define MAX_COLUMNS 512 /* of a task over columns: long runs of memory, whose sums stay in the L1 cache */

/* The same over the columns of a matrix of `rows`, for sums whose order must not depend on the division. */
static void overColumns(RangeTask *task, const void *context, Size columns, Size rows) {
  Size wanted = ceilDiv(columns, 4 * threadCount()); /* about four tasks a thread */
  Range range = {task, context, columns, min(ceilDiv(wanted, 64) * 64, MAX_COLUMNS)};
  parallelOver(rangeTile, &range, ceilDiv(columns, range.step), rows * range.step);
}

#endif
