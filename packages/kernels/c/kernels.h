/*
 * The list of kernels, with the names, argument order and meaning of `Kernels` in @unroll/rnn-core, which documents
 * them. The build generates the Node-API wrappers and WebAssembly's exports from these prototypes: a pointer is passed
 * as a byte offset into the heap (0 is null), a Size or int as a whole number, a double as a number.
 */
#ifndef UNROLL_KERNELS_H
#define UNROLL_KERNELS_H

#include <stddef.h>
#include <stdint.h>

typedef ptrdiff_t Size;

/* The addon compiles the kernels once per instruction set, each as static functions; WebAssembly exports them. */
#ifdef __wasm__
#define KERNEL
#else
#define KERNEL static
#endif

KERNEL void fill(float *y, double value, Size N);
KERNEL void copyRows(float *y, Size ldY, const float *x, Size ldX, Size rows, Size cols, int beta);
KERNEL void maskTime(float *y, const float *x, const int32_t *lengths, Size T, Size B, Size D, int beta);

KERNEL void gemm(float *c, Size ldC, const float *a, Size ldA, const float *b, Size ldB, const float *bias, Size M,
    Size N, Size K, int transA, int transB, int beta);
KERNEL void packedProduct(float *y, const float *x, const float *w, const float *bias, Size N, Size K);
KERNEL void packedProductInt8(
    float *y, const float *x, const int8_t *w, const float *scales, const float *bias, Size N, Size K);

/* In the order of UNARY and BINARY in rnn-core's backend.ts. */
enum {
  UNARY_TANH,
  UNARY_SIGMOID,
  UNARY_RELU,
  UNARY_EXP,
  UNARY_SQRT,
  UNARY_LOG,
  UNARY_ABS,
  UNARY_SQUARE,
  UNARY_SOFTPLUS,
  UNARY_SILU
};
enum { BINARY_ADD, BINARY_SUB, BINARY_MUL, BINARY_DIV };

KERNEL void unaryForward(float *y, const float *x, int op, Size N);
KERNEL void unaryBackward(float *dx, const float *dy, const float *v, int op, Size N, int beta);
KERNEL void binary(float *y, const float *a, const float *b, int op, Size N, Size period, int beta);
KERNEL void scale(float *y, const float *x, double alpha, Size N, int beta);
KERNEL void clamp(float *y, const float *x, double low, double high, Size N);
KERNEL void clampBackward(float *dx, const float *dy, const float *x, double low, double high, Size N, int beta);
KERNEL void copyStrided(float *y, const float *x, const int32_t *shape, const int32_t *strides, Size rank, int beta);

KERNEL void sumRows(float *y, const float *x, Size ldX, Size rows, Size cols, int beta);
KERNEL void sumRowsOfProduct(float *y, const float *a, const float *b, Size rows, Size cols, int beta);
KERNEL void sumColumns(float *y, const float *x, Size rows, Size cols, int beta);

KERNEL void softmaxForward(float *y, const float *x, Size rows, Size cols);
KERNEL void softmaxBackward(float *dx, const float *dy, const float *y, Size rows, Size cols, int beta);
KERNEL void logSoftmaxForward(float *y, const float *x, Size rows, Size cols);
KERNEL void logSoftmaxBackward(float *dx, const float *dy, const float *y, Size rows, Size cols, int beta);
KERNEL void crossEntropyForward(float *losses, float *lse, const float *logits, const int32_t *targets,
    const float *weights, Size rows, Size V, int ignore, double smoothing);
KERNEL void crossEntropyBackward(float *dlogits, const float *dloss, int ldLoss, const float *logits, const float *lse,
    const int32_t *targets, const float *weights, Size rows, Size V, int ignore, double smoothing, double scale,
    int beta);

KERNEL void embeddingForward(float *y, const float *table, const int32_t *ids, Size N, Size D);
KERNEL void embeddingBackward(float *dtable, const float *dy, const int32_t *ids, Size N, Size D);

KERNEL void layerNormForward(float *y, float *mean, float *rstd, const float *x, const float *weight, const float *bias,
    Size rows, Size cols, double eps);
KERNEL void layerNormBackward(float *dx, const float *dy, const float *x, const float *mean, const float *rstd,
    const float *weight, Size rows, Size cols, int beta);
KERNEL void layerNormBackwardWeight(float *dweight, const float *dy, const float *x, const float *mean,
    const float *rstd, Size rows, Size cols, int beta);

KERNEL void dropoutMask(float *y, Size N, double keep, uint32_t key0, uint32_t key1);

KERNEL void unfoldTime(float *cols, const float *x, const int32_t *lengths, Size T, Size B, Size C, Size K, Size stride,
    Size padding, Size To);
KERNEL void foldTime(float *dx, const float *dcols, const int32_t *lengths, Size T, Size B, Size C, Size K, Size stride,
    Size padding, Size To, int beta);
KERNEL void depthwiseConv1dForward(
    float *y, const float *x, const float *weight, const float *bias, Size T, Size B, Size C, Size K);
KERNEL void depthwiseConv1dBackward(
    float *dx, const float *dy, const float *weight, Size T, Size B, Size C, Size K, int beta);
KERNEL void maxTimeForward(float *y, int32_t *at, const float *x, const int32_t *lengths, Size T, Size B, Size D);
KERNEL void maxTimeBackward(float *dx, const float *dy, const int32_t *at, Size T, Size B, Size D, int beta);
KERNEL void meanTimeForward(float *y, const float *x, const int32_t *lengths, Size T, Size B, Size D);
KERNEL void meanTimeBackward(float *dx, const float *dy, const int32_t *lengths, Size T, Size B, Size D, int beta);

KERNEL void rnnForward(float *h, const float *xg, const float *w, const float *bias, const int32_t *lengths, Size T,
    Size B, Size H, int relu, int reverse);
KERNEL void rnnBackward(float *dh, float *dz, const float *h, const float *w, const int32_t *lengths, Size T, Size B,
    Size H, int relu, int reverse);
KERNEL void gruForward(float *h, float *gates, float *q, const float *w, const float *bias, const int32_t *lengths,
    Size T, Size B, Size H, int reverse);
KERNEL void gruBackward(float *dh, float *gates, float *q, const float *h, const float *w, const int32_t *lengths,
    Size T, Size B, Size H, int reverse);
KERNEL void lstmForward(float *h, float *c, float *gates, const float *w, const float *bias, const int32_t *lengths,
    Size T, Size B, Size H, int reverse);
KERNEL void lstmBackward(float *dh, float *dc, Size dcStride, float *gates, const float *c, const float *w,
    const int32_t *lengths, Size T, Size B, Size H, int reverse);
KERNEL void slstmForward(float *h, float *c, float *gates, const float *w, const float *bias, const int32_t *lengths,
    Size T, Size B, Size H, int reverse);
KERNEL void slstmBackward(float *dh, float *dc, Size dcStride, float *gates, const float *c, const float *w,
    const int32_t *lengths, Size T, Size B, Size H, int reverse);
KERNEL void rnnStep(float *h, const float *xg, const float *a, Size H, int relu);
KERNEL void gruStep(float *h, const float *xg, const float *a, Size H);
KERNEL void lstmStep(float *h, float *c, const float *xg, const float *a, Size H);
KERNEL void slstmStep(float *h, float *c, const float *xg, const float *a, Size H);

KERNEL void minGruForward(float *h, float *gates, const int32_t *lengths, Size T, Size B, Size H, int reverse);
KERNEL void minGruBackward(
    float *dh, float *gates, const float *h, const int32_t *lengths, Size T, Size B, Size H, int reverse);
KERNEL void minGruStep(float *h, const float *xg, Size H);
KERNEL void minLstmForward(float *h, float *gates, const int32_t *lengths, Size T, Size B, Size H, int reverse);
KERNEL void minLstmBackward(
    float *dh, float *gates, const float *h, const int32_t *lengths, Size T, Size B, Size H, int reverse);
KERNEL void minLstmStep(float *h, const float *xg, Size H);
KERNEL void sruForward(float *h, float *c, float *gates, const float *w, const float *bias, const int32_t *lengths,
    Size T, Size B, Size H, int reverse);
KERNEL void sruBackward(float *dh, float *dc, Size dcStride, float *gates, float *dw, const float *c, const float *w,
    const int32_t *lengths, Size T, Size B, Size H, int reverse);
KERNEL void sruStep(float *h, float *c, const float *xg, const float *w, const float *bias, Size H);

KERNEL void attentionDotForward(float *context, float *weights, const float *q, const float *keys, const float *values,
    const int32_t *lengths, Size Q, Size S, Size B, Size D, Size E, double scale);
KERNEL void attentionDotBackward(float *dq, float *dkeys, float *dvalues, float *dscores, const float *dcontext,
    const float *weights, const float *q, const float *keys, const float *values, const int32_t *lengths, Size Q,
    Size S, Size B, Size D, Size E, double scale);
KERNEL void attentionAdditiveForward(float *context, float *weights, const float *q, const float *keys,
    const float *values, const float *v, const int32_t *lengths, Size Q, Size S, Size B, Size D, Size E);
KERNEL void attentionAdditiveBackward(float *dq, float *dkeys, float *dvalues, float *dv, float *dscores,
    const float *dcontext, const float *weights, const float *q, const float *keys, const float *values, const float *v,
    const int32_t *lengths, Size Q, Size S, Size B, Size D, Size E);

KERNEL double sumOfSquares(const float *x, Size N);
KERNEL double firstNonFinite(const float *x, Size N);
KERNEL void sgd(float *p, const float *g, float *m, Size N, double learningRate, double momentum, int nesterov,
    double decay, double gradScale);
KERNEL void rmsprop(float *p, const float *g, float *v, float *m, Size N, double learningRate, double alpha, double eps,
    double momentum, double decay, double gradScale);
KERNEL void adam(float *p, const float *g, float *m, float *v, Size N, double learningRate, double beta1, double beta2,
    double eps, double decay, int decoupled, double correction1, double correction2, double gradScale);

#endif
