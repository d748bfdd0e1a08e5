import {
  add,
  div,
  mul,
  negativeBinomialNll,
  type Rng,
  slice,
  softplus,
  sqrt,
  studentTNll,
  type Tensor,
} from '@unroll/rnn-core';
import { gammaVariate, poissonVariate } from './random-variates.ts';

/** The names of the distributions, as `--distribution` takes them. */
export const DISTRIBUTIONS = ['student-t', 'negative-binomial'] as const;
/** One of {@link DISTRIBUTIONS}. */
export type DistributionName = (typeof DISTRIBUTIONS)[number];

/** Values that a distribution must explain, each [T, B, 1]. */
export interface Targets {
  /** In the unit of the data. */
  readonly value: Tensor;
  /** Over the scale. */
  readonly scaled: Tensor;
  /** ν, the size of the series: the mean of |value| over the context. */
  readonly scale: Tensor;
}

/** How the numbers o that the network outputs at a step are a distribution. */
export interface Distribution {
  /** Numbers of a step. */
  readonly outputs: number;
  /** No value is below it. */
  readonly least: number;
  /** Negative log-likelihood in nats, [T, B, 1]. @param o [T, B, outputs] */
  nll(o: Tensor, targets: Targets): Tensor;
  /** Draws a value in the unit of the data. @param o of which those of the step begin at `at` */
  sample(o: ArrayLike<number>, at: number, scale: number, rng: Rng): number;
}

const LEAST = 1e-4; // keeps what must be above 0 there
const LEAST_DF = 2; // above it the variance is finite

/** For any numbers; its heavy tails take outliers as such: μ = ν·o₀, σ = ν·softplus(o₁), df = 2 + softplus(o₂). */
const studentT: Distribution = {
  outputs: 3,
  least: -Infinity,
  nll(o, { scaled }) {
    const [loc, raw, df] = [slice(o, 0, 1), slice(o, 1, 2), slice(o, 2, 3)];
    return studentTNll({ loc, scale: add(softplus(raw), LEAST), df: add(softplus(df), LEAST_DF) }, scaled);
  },
  sample(o, at, scale, rng) {
    const df = LEAST_DF + softplusOf(o[at + 2] as number);
    const t = rng.normal() / Math.sqrt((2 * gammaVariate(df / 2, rng)) / df);
    return scale * ((o[at] as number) + (LEAST + softplusOf(o[at + 1] as number)) * t);
  },
};

/** For counts: μ = ν·softplus(o₀), r = √ν / softplus(o₁), as Salinas et al. scale them. */
const negativeBinomial: Distribution = {
  outputs: 2,
  least: 0,
  nll(o, { value, scale }) {
    const mean = mul(add(softplus(slice(o, 0, 1)), LEAST), scale);
    const totalCount = div(sqrt(scale), add(softplus(slice(o, 1, 2)), LEAST));
    return negativeBinomialNll({ mean, totalCount }, value);
  },
  sample(o, at, scale, rng) {
    const mean = scale * (LEAST + softplusOf(o[at] as number));
    const totalCount = Math.sqrt(scale) / (LEAST + softplusOf(o[at + 1] as number));
    return poissonVariate((gammaVariate(totalCount, rng) * mean) / totalCount, rng);
  },
};

/** The distributions by the names that `--distribution` takes. */
export const distributionOf = (name: DistributionName): Distribution =>
  name === 'student-t' ? studentT : negativeBinomial;

const softplusOf = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
