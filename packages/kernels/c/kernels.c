/*
 * All kernels as one unit, compiled once for every vector width. Natively it ends in a table the addon picks by what
 * the processor can; `calls.h` is made from kernels.h by the build.
 */
#include "elementwise.c"
#include "sums.c"
#include "softmax.c"
#include "embedding.c"
#include "layer-norm.c"
#include "dropout.c"
#include "time.c"
#include "gemm.c"
#include "packed-product.c"
#include "rnn.c"
#include "gru.c"
#include "linear-recurrence.c"
#include "sru.c"
#include "lstm.c"
#include "slstm.c"
#include "attention.c"
#include "optimizers.c"

#ifdef KERNEL_TABLE
#include "addon.h"
#include "calls.h"
#endif
