/*
 * What the machine can do at most, answering rounds as rounds.ts describes. usage: limits fma|triad THREADS
 * fma counts operations, two for every multiply-add of registers alone; triad the bytes of a[i] = b[i] + s·c[i],
 * twelve for every i, as STREAM does (McCalpin 1995), over arrays that no cache holds.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../c/vector.h"

#define SECONDS 0.5
#define CHAINS 12 /* sums that do not wait for each other: more than two units with a latency of five need */
#define MULTIPLY_ADDS 100000 /* of every chain, between two looks at the clock */
#define FLOATS (Size)(1 << 24)

typedef struct {
  int isTriad;
  float *a, *b, *c;
  double perSecond;
} Thread;

static pthread_barrier_t together;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double multiplyAdds(void) {
  vec sums[CHAINS] = {0}, x = splat(0.999f), y = splat(1e-6f);
  for (Size k = 0; k < MULTIPLY_ADDS; k++)
    for (int i = 0; i < CHAINS; i++) {
      sums[i] = madd(x, sums[i], y);
#ifdef __x86_64__
      __asm__("" : "+v"(sums[i])); /* or the compiler computes what all of them will be */
#else
      __asm__("" : "+w"(sums[i]));
#endif
    }
  return 2.0 * MULTIPLY_ADDS * CHAINS * LANES;
}

static double triad(const Thread *t) {
  vec s = splat(1.5f);
  for (Size i = 0; i < FLOATS; i += LANES) store(t->a + i, madd(s, load(t->c + i), load(t->b + i)));
  __asm__ volatile("" ::"r"(t->a) : "memory");
  return 12.0 * (double)FLOATS;
}

static void *measure(void *argument) {
  Thread *t = argument;
  pthread_barrier_wait(&together);
  double started = now(), seconds = 0, count = 0;
  while (seconds < SECONDS) {
    count += t->isTriad ? triad(t) : multiplyAdds();
    seconds = now() - started;
  }
  t->perSecond = count / seconds;
  return 0;
}

static float *floats(void) {
  float *all = malloc((size_t)FLOATS * sizeof(float));
  for (Size i = 0; all && i < FLOATS; i++) all[i] = (float)i;
  return all;
}

int main(int count, char **arguments) {
  int threads = count == 3 ? atoi(arguments[2]) : 0, isTriad = count == 3 && strcmp(arguments[1], "triad") == 0;
  if (threads < 1 || threads > 64) return 2;
  Thread all[64];
  for (int i = 0; i < threads; i++) {
    all[i] = (Thread){.isTriad = isTriad};
    if (isTriad && !((all[i].a = floats()) && (all[i].b = floats()) && (all[i].c = floats()))) return 1;
  }
  pthread_barrier_init(&together, 0, (unsigned)threads);
  puts("{\"ready\":true}");
  fflush(stdout);
  for (char line[16]; fgets(line, sizeof line, stdin);) {
    pthread_t handles[64];
    double sum = 0;
    for (int i = 0; i < threads; i++) pthread_create(&handles[i], 0, measure, &all[i]);
    for (int i = 0; i < threads; i++) {
      pthread_join(handles[i], 0);
      sum += all[i].perSecond;
    }
    printf("{\"perSecond\":%.0f,\"peakBytes\":0}\n", sum);
    fflush(stdout);
  }
}
