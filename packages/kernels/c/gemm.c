/*
 * C = op(A)·op(B) + bias + beta·C, with op the transpose where the flag is 1. C: [M, N]; op(A): [M, K]; op(B): [K, N];
 * bias: [N], or null.
 *
 * BLOCK of k at a time, op(B) is packed into panels, and op(A), SLAB rows at a time, into tiles; then every block of C,
 * ROW_BLOCK rows by some panels, is one task. (Goto, van de Geijn 2008, “Anatomy of high-performance matrix multiplication”.)
 */
#include "range.h"
#include "product.h"

#define ROW_BLOCK 144 /* ROW_BLOCK × BLOCK of A stays in the second-level cache */
#define SLAB (16 * ROW_BLOCK) /* rows of A packed at once: what they take of memory stays small, and in a cache */
#define FAR (4 * CACHE) /* floats of panels that no near cache holds */
#define NEAR_ROWS 16  /* rows of Aᵀ that the nearest cache holds */
#define THIN 16       /* up to so many rows, B is read where it lies: packing it would cost more */

typedef struct {
  float *c;
  Size ldC;
  const float *a;
  Size ldA;
  const float *b;
  Size ldB;
  const float *bias;
  Size M, N, K;
  int transA, transB, beta;
  float *panels, *packedA;
  Size rowBlocks, tasksPerRowBlock, panelsPerTask;
  int isFar; /* whether the next panel is prefetched while one is multiplied: it comes from the last cache */
  int packsPanels; /* whether a task packs the panels that it alone reads, just before */
} Gemm;

/* The elements of one packed tile of A: a whole vector more than it holds, which the last store may spill into. */
INLINE Size packedTile(Size K) { return K * ROWS + LANES; }

static void gemmPackPanels(const Gemm *g, Size panel, Size end) {
  Size j = panel * PANEL;
  packPanels(g->panels + j * g->K, PANEL * g->K, g->b + j * (g->transB ? g->ldB : 1), g->ldB, least(end * PANEL, g->N) - j, g->K, g->transB);
}

/*
 * ROW_BLOCK rows of op(A), tile by tile of ROWS: [k, ROWS]. Whole vectors are written; what they write beyond ROWS, or
 * beyond their own rows, is overwritten by what follows.
 */
static void gemmPackRows(const Gemm *g, Size block) {
  Size from = block * ROW_BLOCK, to = least(from + ROW_BLOCK, g->M);
  for (Size near = 0; g->transA && near < g->K; near += NEAR_ROWS)
    for (Size row = from; row < to; row += ROWS)
      for (Size k = near; k < least(near + NEAR_ROWS, g->K); k++) {
        float *packed = g->packedA + row / ROWS * packedTile(g->K) + k * ROWS;
        const float *a = g->a + k * g->ldA + row;
        for (Size r = 0; r < ROWS; r += LANES) store(packed + r, loadSome(a + r, most(g->M - row - r, 0)));
      }
  for (Size row = from; !g->transA && row < to; row += ROWS)
    for (Size r = (ROWS - 1) / LANES * LANES; r >= 0; r -= LANES)
      for (EACH(k, depth, 0, g->K)) {
        float *packed = g->packedA + row / ROWS * packedTile(g->K) + k * ROWS + r;
        const float *a = g->a + (row + r) * g->ldA + k;
        if (to - row >= ROWS && depth >= LANES) transposeSquare(packed, ROWS, a, g->ldA, least(ROWS - r, LANES), LANES);
        else transposeSquare(packed, ROWS, a, g->ldA, to - row - r, depth);
      }
}

/* Tasks 0 … rowBlocks-1 pack rows of A, those after panels of B. */
static void gemmPack(const void *context, Size task) {
  const Gemm *g = context;
  Size panel = (task - g->rowBlocks) * PANELS;
  if (task < g->rowBlocks) gemmPackRows(g, task);
  else gemmPackPanels(g, panel, least(panel + PANELS, tilesOf(g->N, PANEL)));
}

static void gemmMultiply(const void *context, Size task) {
  const Gemm *g = context;
  Size from = task / g->tasksPerRowBlock * ROW_BLOCK, to = least(from + ROW_BLOCK, g->M);
  Size panel = task % g->tasksPerRowBlock * g->panelsPerTask;
  Size end = least(panel + g->panelsPerTask, tilesOf(g->N, PANEL)), packed = panel;
  for (; panel < end; panel++) {
    if (g->packsPanels && panel == packed) {
      packed = least(panel + PANELS, end);
      gemmPackPanels(g, panel, packed);
    }
    Size j = panel * PANEL;
    Target target = {g->c + j, g->ldC, g->bias ? g->bias + j : 0, least(g->N - j, PANEL), g->beta, 0};
    const float *next = g->isFar && panel + 1 < end ? g->panels + (j + PANEL) * g->K : 0;
    for (Size row = from; row < to; row += ROWS) {
      Ahead ahead = partOf(next, g->K, (row - from) / ROWS, tilesOf(to - from, ROWS));
      tileOfPacked((int)least(to - row, ROWS), &target, row, g->packedA + row / ROWS * packedTile(g->K), g->panels + j * g->K, g->K, ahead);
    }
  }
}

/* Few rows times Wᵀ, DOTS rows of W a task; W is read once, where it lies. */
static void gemmThinTransposed(const void *context, Size task) {
  const Gemm *g = context;
  Size j = task * DOTS, n = least(g->N - j, DOTS);
  const float *w = g->b + j * g->ldB;
  for (Size m = 0; m < g->M; m++) {
    float *c = g->c + m * g->ldC + j;
    for (Size i = 0; i < n; i++) c[i] = (g->bias ? g->bias[j + i] : 0) + (g->beta ? c[i] : 0);
    const float *a = g->a + m * g->ldA;
    if (n == DOTS) dots(c, DOTS, a, w, g->ldB, g->K);
    else
      for (Size i = 0; i < n; i++) dots(c + i, 1, a, w + i * g->ldB, g->ldB, g->K);
  }
}

/* Few rows times B, a panel a task; only the last, narrower panel is packed. */
static void gemmThin(const void *context, Size task) {
  const Gemm *g = context;
  Size j = task * PANEL, n = least(g->N - j, PANEL), stride = g->ldB;
  const float *b = g->b + j;
  if (n < PANEL) {
    packPanels(g->panels, 0, b, g->ldB, n, g->K, 0);
    b = g->panels;
    stride = PANEL;
  }
  Target target = {g->c + j, g->ldC, g->bias ? g->bias + j : 0, n, g->beta, 0};
  for (Size row = 0; row < g->M; row += ROWS)
    tileOfRows((int)least(g->M - row, ROWS), &target, row, g->a + row * g->ldA, g->ldA, 0, b, stride, g->K, (Ahead){0});
}

void gemm(float *c, Size ldC, const float *a, Size ldA, const float *b, Size ldB, const float *bias, Size M, Size N, Size K, int transA, int transB, int beta) {
  if (M <= 0 || N <= 0) return;
  Gemm g = {.c = c, .ldC = ldC, .ldA = ldA, .ldB = ldB, .M = M, .N = N, .transA = transA, .transB = transB};
  Size panels = tilesOf(N, PANEL);

  if (M <= THIN && !transA) {
    g.a = a, g.b = b, g.bias = bias, g.K = K, g.beta = beta;
    if (transB) {
      parallelOver(gemmThinTransposed, &g, tilesOf(N, DOTS), M * DOTS * K);
      return;
    }
    g.panels = workspace((size_t)most(K, 1) * PANEL * sizeof(float));
    if (g.panels) parallelOver(gemmThin, &g, panels, M * PANEL * K);
    return;
  }

  Size depth = least(K, BLOCK), slab = least(M, SLAB);
  size_t sizeB = (size_t)(panels * PANEL * depth), sizeA = (size_t)(tilesOf(slab, ROWS) * packedTile(depth));
  g.panels = workspace((sizeA + sizeB + 1) * sizeof(float));
  if (!g.panels) return;
  g.packedA = g.panels + sizeB;
  g.packsPanels = M <= ROW_BLOCK;
  g.isFar = !g.packsPanels && panels * PANEL * depth > FAR;

  Size wanted = tilesOf(4 * threadCount(), tilesOf(slab, ROW_BLOCK)); /* tasks a row of blocks, for about four tasks a thread */
  g.panelsPerTask = most(panels / wanted, 1);
  g.tasksPerRowBlock = tilesOf(panels, g.panelsPerTask);
  for (Size k = 0; k < K || k == 0; k += BLOCK) {
    g.b = b + k * (transB ? 1 : ldB);
    g.K = least(K - k, BLOCK);
    g.bias = k == 0 ? bias : 0;
    g.beta = beta || k > 0;
    for (Size row = 0; row < M; row += SLAB) {
      g.a = a + k * (transA ? ldA : 1) + row * (transA ? 1 : ldA);
      g.c = c + row * ldC;
      g.M = least(M - row, SLAB);
      g.rowBlocks = tilesOf(g.M, ROW_BLOCK);
      Size toPack = row == 0 && !g.packsPanels ? tilesOf(panels, PANELS) : 0;
      parallelOver(gemmPack, &g, g.rowBlocks + toPack, PANELS * PANEL * g.K);
      parallelOver(gemmMultiply, &g, g.rowBlocks * g.tasksPerRowBlock, ROW_BLOCK * g.panelsPerTask * PANEL * g.K);
    }
  }
}
