/*
 * C = op(A)·op(B) + bias + beta·C, with op the transpose where the flag is 1. C: [M, N]; op(A): [M, K]; op(B): [K, N];
 * bias: [N], or null.
 *
 * BLOCK of k at a time, op(A) is packed into tiles and op(B) into panels; then every block of C, ROW_BLOCK rows by some
 * panels, is one task. (Goto, van de Geijn 2008, “Anatomy of high-performance matrix multiplication”.)
 */
#include "range.h"
#include "product.h"

#define ROW_BLOCK 96 /* ROW_BLOCK × BLOCK of A stays in the second-level cache */
#define THIN 16      /* up to so many rows, B is read where it lies: packing it would cost more */

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
} Gemm;

/* The elements of one packed tile of A: a whole vector more than it holds, which the last store may spill into. */
INLINE Size packedTile(Size K) { return K * ROWS + LANES; }

static void gemmPackPanel(const Gemm *g, Size panel) {
  const float *b = g->b + panel * PANEL * (g->transB ? g->ldB : 1);
  packPanel(g->panels + panel * PANEL * g->K, b, g->ldB, least(g->N - panel * PANEL, PANEL), g->K, g->transB);
}

#define SQUARES ((ROWS + LANES - 1) / LANES)

/* packed[k, r] = a[r, k] for a tile's `rows` and LANES of k. Whole vectors: what they write beyond ROWS, the next k overwrites. */
INLINE void packSquares(float *packed, const float *a, Size ldA, Size rows, Size depth) {
  vec v[SQUARES][LANES];
  for (Size q = 0; q < SQUARES; q++) {
    for (Size r = 0; r < LANES; r++) v[q][r] = q * LANES + r < rows ? loadSome(a + (q * LANES + r) * ldA, depth) : (vec){0};
    transpose(v[q]);
  }
  for (Size i = 0; i < least(depth, LANES); i++)
    for (Size q = 0; q < SQUARES; q++) store(packed + i * ROWS + q * LANES, v[q][i]);
}

/* ROW_BLOCK rows of op(A), tile by tile of ROWS: [k, ROWS]. */
static void gemmPackRows(const Gemm *g, Size block) {
  Size from = block * ROW_BLOCK, to = least(from + ROW_BLOCK, g->M);
  if (g->transA) {
    for (Size k = 0; k < g->K; k++)
      for (Size row = from; row < to; row += ROWS) {
        float *packed = g->packedA + row / ROWS * packedTile(g->K) + k * ROWS;
        const float *a = g->a + k * g->ldA + row;
        for (Size r = 0; r < ROWS; r += LANES) store(packed + r, loadSome(a + r, most(g->M - row - r, 0)));
      }
    return;
  }
  for (Size row = from; row < to; row += ROWS)
    for (EACH(k, depth, 0, g->K)) {
      float *packed = g->packedA + row / ROWS * packedTile(g->K) + k * ROWS;
      const float *a = g->a + row * g->ldA + k;
      if (to - row >= ROWS && depth >= LANES) packSquares(packed, a, g->ldA, ROWS, LANES);
      else packSquares(packed, a, g->ldA, to - row, depth);
    }
}

/* Tasks 0 … rowBlocks-1 pack rows of A, those after panels of B. */
static void gemmPack(const void *context, Size task) {
  const Gemm *g = context;
  if (task < g->rowBlocks) gemmPackRows(g, task);
  else gemmPackPanel(g, task - g->rowBlocks);
}

static void gemmMultiply(const void *context, Size task) {
  const Gemm *g = context;
  Size from = task / g->tasksPerRowBlock * ROW_BLOCK, to = least(from + ROW_BLOCK, g->M);
  Size panel = task % g->tasksPerRowBlock * g->panelsPerTask;
  Size end = least(panel + g->panelsPerTask, tilesOf(g->N, PANEL));
  for (; panel < end; panel++) {
    Size j = panel * PANEL;
    Target target = {g->c + j, g->ldC, g->bias ? g->bias + j : 0, least(g->N - j, PANEL), g->beta, 0};
    if (g->rowBlocks == 1) gemmPackPanel(g, panel); /* read once: straight from the near cache */
    for (Size row = from; row < to; row += ROWS)
      tileOfPacked((int)least(to - row, ROWS), &target, row, g->packedA + row / ROWS * packedTile(g->K), g->panels + j * g->K, g->K);
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
    packPanel(g->panels, b, g->ldB, n, g->K, 0);
    b = g->panels;
    stride = PANEL;
  }
  Target target = {g->c + j, g->ldC, g->bias ? g->bias + j : 0, n, g->beta, 0};
  for (Size row = 0; row < g->M; row += ROWS)
    tileOfRows((int)least(g->M - row, ROWS), &target, row, g->a + row * g->ldA, g->ldA, 0, b, stride, g->K);
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

  Size depth = least(K, BLOCK);
  size_t sizeB = (size_t)(panels * PANEL * depth), sizeA = (size_t)(tilesOf(M, ROWS) * packedTile(depth));
  g.panels = workspace((sizeA + sizeB + 1) * sizeof(float));
  if (!g.panels) return;
  g.packedA = g.panels + sizeB;
  g.rowBlocks = tilesOf(M, ROW_BLOCK);

  Size wanted = tilesOf(4 * threadCount(), g.rowBlocks); /* tasks a row of blocks, for about four tasks a thread */
  g.panelsPerTask = most(panels / wanted, 1);
  g.tasksPerRowBlock = tilesOf(panels, g.panelsPerTask);
  for (Size k = 0; k < K || k == 0; k += BLOCK) {
    g.a = a + k * (transA ? ldA : 1);
    g.b = b + k * (transB ? 1 : ldB);
    g.K = least(K - k, BLOCK);
    g.bias = k == 0 ? bias : 0;
    g.beta = beta || k > 0;
    parallelOver(gemmPack, &g, g.rowBlocks + (g.rowBlocks > 1 ? panels : 0), PANEL * g.K);
    parallelOver(gemmMultiply, &g, g.rowBlocks * g.tasksPerRowBlock, ROW_BLOCK * g.panelsPerTask * PANEL * g.K);
  }
}
