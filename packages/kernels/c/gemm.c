/*
 * C = op(A)·op(B) + bias + beta·C, with op the transpose where the flag is 1. C: [M, N]; op(A): [M, K]; op(B): [K, N];
 * bias: [N], or null.
 *
 * For each block of KC of k, op(B) is packed into panels of NR columns and op(A), SLAB rows at a time, into tiles of MR
 * rows; then every block of C, up to MC rows by some panels (NC columns), is one task.
 * Source: Goto, van de Geijn 2008, “Anatomy of high-performance matrix multiplication”; names as in BLIS.
 */
#include "range.h"
#include "product.h"

#define MC (MR == 32 ? 160 : 144) /* a multiple of MR; MC × KC of A stays in the L2 cache */
#define SLAB (16 * MC)            /* rows of A packed at once, so that the packed copy stays small */
#define BEYOND_L2 (4 * L2_FLOATS) /* words of panels that certainly do not fit into the L2 cache */
#define ROWS_AHEAD 8              /* rows of Aᵀ prefetched before they are packed: no processor foresees them */
#define THIN_ROWS 16              /* up to this many rows B is read in place, since packing it would cost more */

typedef struct {
  float *c;
  Size ldC;
  const float *a;
  Size ldA;
  const float *b;
  Size ldB;
  const float *bias;
  Size M, N, K, words; /* words: of K */
  int transA, transB, beta;
  float *panels, *packedA;
  Size rowBlocks, rowsPerBlock, tasksPerRowBlock, panelsPerTask;
  Size rowPacks, rowsPerPack; /* blocks of rows as they are packed: of whole tiles, and if M allows one a thread at least */
  int prefetchesPanels; /* whether the next panel is prefetched, from L3, while one is multiplied */
  int packsPanels;      /* whether each task packs its own panels just before it reads them */
} Gemm;

/* The words of one packed tile of A, and one vector more, which the last store may spill into. */
INLINE Size packedTile(Size words) { return words * MR + LANES; }

static void gemmPackPanels(const Gemm *g, Size panel, Size end) {
  Size j = panel * NR;
  packPanels(g->panels + j * g->words, NR * g->words, g->b + j * (g->transB ? g->ldB : 1), g->ldB,
      min(end * NR, g->N) - j, g->K, g->transB);
}

#ifdef __AMX_BF16__

/* A block of rows of op(A), tile by tile of MR: [MR, k]. */
static void gemmPackRows(const Gemm *g, Size block) {
  Size from = block * g->rowsPerPack, to = min(from + g->rowsPerPack, g->M);
  for (Size row = from; !g->transA && row < to; row++)
    packRow(g->packedA + row / MR * packedTile(g->words) + row % MR * g->words, g->a + row * g->ldA, g->K);
  for (Size row = from; g->transA && row < to; row += LANES)
    for (Size k = 0; k < g->words; k += LANES) {
      vec v[LANES];
      for (Size i = 0; i < LANES; i++) {
        const float *a = g->a + (k + i) * PER_WORD * g->ldA + row;
        Size depth = g->K - (k + i) * PER_WORD;
        v[i] = depth > 0 ? loadColumnWords(a, g->ldA, to - row, depth) : (vec){0};
      }
      transpose(v);
      float *packed = g->packedA + row / MR * packedTile(g->words) + row % MR * g->words + k;
      for (Size r = 0; r < min(to - row, LANES); r++) storePartial(packed + r * g->words, v[r], g->words - k);
    }
}

#else

/*
 * A block of rows of op(A), tile by tile of MR: [k, MR]. Whole vectors are written; what they write beyond MR, or
 * beyond their own rows, is overwritten by what follows.
 */
static void gemmPackRows(const Gemm *g, Size block) {
  Size from = block * g->rowsPerPack, to = min(from + g->rowsPerPack, g->M);
  for (Size k = 0; g->transA && k < g->words; k++) {
    const float *a = g->a + k * PER_WORD * g->ldA;
    for (Size p = 0; p < PER_WORD; p++)
      for (Size row = from; row < to; row += CACHE_LINE)
        __builtin_prefetch(a + (ROWS_AHEAD * PER_WORD + p) * g->ldA + row);
    float *packed = g->packedA + from / MR * packedTile(g->words) + k * MR;
    for (Size row = from; row < to; row += MR, packed += packedTile(g->words))
      for (Size r = 0; r < MR; r += LANES)
        store(packed + r, loadColumnWords(a + row + r, g->ldA, max(g->M - row - r, 0), g->K - k * PER_WORD));
  }
  for (Size row = from; !g->transA && row < to; row += MR)
    for (Size r = (MR - 1) / LANES * LANES; r >= 0; r -= LANES)
      for (Size k = 0, depth = g->K; depth > 0; k += LANES, depth -= WORD_LANES) {
        float *packed = g->packedA + row / MR * packedTile(g->words) + k * MR + r;
        const float *a = g->a + (row + r) * g->ldA + k * PER_WORD;
        if (to - row >= MR && depth >= WORD_LANES)
          transposeSquare(packed, MR, a, g->ldA, min(MR - r, LANES), WORD_LANES);
        else transposeSquare(packed, MR, a, g->ldA, to - row - r, depth);
      }
}

#endif

/* Tasks 0 … rowPacks-1 pack rows of A, those after panels of B. */
static void gemmPack(const void *context, Size task) {
  const Gemm *g = context;
  Size panel = (task - g->rowPacks) * PACKED_PANELS;
  if (task < g->rowPacks) gemmPackRows(g, task);
  else gemmPackPanels(g, panel, min(panel + PACKED_PANELS, ceilDiv(g->N, NR)));
}

static void gemmMultiply(const void *context, Size task) {
  const Gemm *g = context;
  Size from = task / g->tasksPerRowBlock * g->rowsPerBlock, to = min(from + g->rowsPerBlock, g->M);
  Size panel = task % g->tasksPerRowBlock * g->panelsPerTask;
  Size end = min(panel + g->panelsPerTask, ceilDiv(g->N, NR)), packed = panel;
  beginProducts();
  for (; panel < end; panel++) {
    if (g->packsPanels && panel == packed) {
      packed = min(panel + PACKED_PANELS, end);
      gemmPackPanels(g, panel, packed);
    }
    Size j = panel * NR;
    Target target = {g->c + j, g->ldC, g->bias ? g->bias + j : 0, min(g->N - j, NR), g->beta, 0};
    const float *next = g->prefetchesPanels && panel + 1 < end ? g->panels + (j + NR) * g->words : 0;
    for (Size row = from; row < to; row += MR) {
      Prefetch prefetch = prefetchPart(
          next, g->words, (row - from) / MR, ceilDiv(to - from, MR), sumsAfter(&target, row + MR, to));
      tileOfPacked((int)min(to - row, MR), &target, row, g->packedA + row / MR * packedTile(g->words),
          g->panels + j * g->words, g->words, prefetch);
    }
  }
  endProducts();
}

/* Few rows times Wᵀ, DOT_ROWS rows of W a task; W is read once, in place. */
static void gemmThinTransposed(const void *context, Size task) {
  const Gemm *g = context;
  Size j = task * DOT_ROWS, n = min(g->N - j, DOT_ROWS);
  const float *w = g->b + j * g->ldB;
  for (Size m = 0; m < g->M; m++) {
    float *c = g->c + m * g->ldC + j;
    for (Size i = 0; i < n; i++) c[i] = (g->bias ? g->bias[j + i] : 0) + (g->beta ? c[i] : 0);
    const float *a = g->a + m * g->ldA;
    if (n == DOT_ROWS) dotRows(c, DOT_ROWS, a, w, g->ldB, g->K);
    else
      for (Size i = 0; i < n; i++) dotRows(c + i, 1, a, w + i * g->ldB, g->ldB, g->K);
  }
}

/* Few rows times B, a panel a task; only the last, narrower panel is packed. */
static void gemmThin(const void *context, Size task) {
  const Gemm *g = context;
  Size j = task * NR, n = min(g->N - j, NR), stride = g->ldB;
  const float *b = g->b + j;
  if (n < NR) {
    packPanels(g->panels, 0, b, g->ldB, n, g->K, 0);
    b = g->panels;
    stride = NR;
  }
  Target target = {g->c + j, g->ldC, g->bias ? g->bias + j : 0, n, g->beta, 0};
  for (Size row = 0; row < g->M; row += MR)
    tileOfRows((int)min(g->M - row, MR), &target, row, g->a + row * g->ldA, g->ldA, 0, b, stride, g->K,
        (Prefetch){sumsAfter(&target, row + MR, g->M), 0, 0});
}

void gemm(float *c, Size ldC, const float *a, Size ldA, const float *b, Size ldB, const float *bias, Size M, Size N,
    Size K, int transA, int transB, int beta) {
  if (M <= 0 || N <= 0) return;
  Gemm g = {.c = c, .ldC = ldC, .ldA = ldA, .ldB = ldB, .M = M, .N = N, .transA = transA, .transB = transB};
  Size panels = ceilDiv(N, NR);

  if (M <= THIN_ROWS && !transA && (transB || PER_WORD == 1)) { /* bf16 has to pack B */
    g.a = a, g.b = b, g.bias = bias, g.K = K, g.beta = beta;
    if (transB) {
      parallelOver(gemmThinTransposed, &g, ceilDiv(N, DOT_ROWS), M * DOT_ROWS * K);
      return;
    }
    g.panels = workspace((size_t)max(K, 1) * NR * sizeof(float));
    if (g.panels) parallelOver(gemmThin, &g, panels, M * NR * K);
    return;
  }

  Size depth = min(wordCount(K), KC), slab = min(M, SLAB);
  size_t sizeB = (size_t)(panels * NR * depth), sizeA = (size_t)(ceilDiv(slab, MR) * packedTile(depth));
  g.panels = workspace((sizeA + sizeB + 1) * sizeof(float));
  if (!g.panels) return;
  g.packedA = g.panels + sizeB;
  g.packsPanels = M <= MC;
  g.prefetchesPanels = !g.packsPanels && panels * NR * depth > BEYOND_L2;

  Size tasks = (g.packsPanels ? 4 : 8) * threadCount(); /* more would pack fewer panels side by side */
  Size wanted = ceilDiv(tasks, ceilDiv(slab, MC));      /* in a row of blocks */
  g.panelsPerTask = max(panels / wanted, 1);
  g.tasksPerRowBlock = ceilDiv(panels, g.panelsPerTask);
  for (Size k = 0; k < K || k == 0; k += KC * PER_WORD) {
    g.b = b + k * (transB ? 1 : ldB);
    g.K = min(K - k, KC * PER_WORD);
    g.words = wordCount(g.K);
    g.bias = k == 0 ? bias : 0;
    g.beta = beta || k > 0;
    for (Size row = 0; row < M; row += SLAB) {
      g.a = a + k * (transA ? ldA : 1) + row * (transA ? 1 : ldA);
      g.c = c + row * ldC;
      g.M = min(M - row, SLAB);
      g.rowBlocks = ceilDiv(g.M, MC);
      g.rowsPerBlock = ceilDiv(ceilDiv(g.M, g.rowBlocks), MR) * MR;
      g.rowBlocks = ceilDiv(g.M, g.rowsPerBlock);
      g.rowsPerPack = ceilDiv(ceilDiv(g.M, max(g.rowBlocks, threadCount())), MR) * MR;
      g.rowPacks = ceilDiv(g.M, g.rowsPerPack);
      Size toPack = row == 0 && !g.packsPanels ? ceilDiv(panels, PACKED_PANELS) : 0;
      parallelOver(gemmPack, &g, g.rowPacks + toPack, PACKED_PANELS * NR * g.K);
      parallelOver(gemmMultiply, &g, g.rowBlocks * g.tasksPerRowBlock, g.rowsPerBlock * g.panelsPerTask * NR * g.K);
    }
  }
}
