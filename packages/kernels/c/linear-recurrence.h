/*
 * Cells without a recurrent product: the hidden units do not depend on each other, so a task takes some units of one
 * entry through all of time, and no thread waits for another.
 */
#ifndef UNROLL_LINEAR_RECURRENCE_H
#define UNROLL_LINEAR_RECURRENCE_H

#include "sequence.h"

#define MIN_UNITS 16 /* hidden units of the smallest task: a cache line */

typedef struct {
  Sequence q; /* q.gates blocks of H; without a recurrent matrix */
  float *h, *gates, *dh;
  Size width; /* hidden units of a task */
} LinearRecurrence;

INLINE Size tasksOf(const LinearRecurrence *s) { return s->q.B * ceilDiv(s->q.H, s->width); }

/* The units of a task, as a slice of one entry. */
INLINE Slice sliceOf(const LinearRecurrence *s, Size task) {
  Size perEntry = ceilDiv(s->q.H, s->width), b = task / perEntry, unit = task % perEntry * s->width;
  return (Slice){b, b + 1, unit, min(unit + s->width, s->q.H)};
}

INLINE int isValid(const Sequence *q, Size t, Size b) { return !q->lengths || t < q->lengths[b]; }

/* Where a slice's units are: in [B, H], and at step t in [T, B, gates·H]. */
INLINE Size stateAt(const Sequence *q, const Slice *slice) { return slice->from * q->H + slice->unit; }
INLINE Size gatesAt(const Sequence *q, Size t, const Slice *slice) {
  return (t * q->B + slice->from) * q->gates * q->H + slice->unit;
}

/* Runs a task for every entry and some units each: enough for all threads, and as wide as memory is read well. */
static void runUnits(Task *task, LinearRecurrence *s) {
  Size perThread = ceilDiv(s->q.B * s->q.H, SLICES_PER_THREAD * threadCount());
  s->width = min(MAX_UNITS, max(MIN_UNITS, ceilDiv(perThread, MIN_UNITS) * MIN_UNITS));
  parallelOver(task, s, tasksOf(s), 16 * (int64_t)s->q.T * min(s->width, s->q.H));
}

#endif
