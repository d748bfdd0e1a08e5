/** The values of `--precision`. */
export const PRECISIONS = ['float32', 'bf16'] as const;

/**
 * What matrix products multiply in training: float32, or both factors rounded to bfloat16 and summed in float32, which is
 * faster where the processor has instructions for it. Weights, sums, and all of evaluation are float32 with both.
 */
export type Precision = (typeof PRECISIONS)[number];
