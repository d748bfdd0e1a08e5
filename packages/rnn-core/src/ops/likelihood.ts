import type { Tensor } from '../tensor/tensor.ts';
import { add, div, log, mul, type Operand, scale, square, sub } from './elementwise.ts';

const HALF_LN_2PI = 0.9189385332046727;
const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188]; // B₂ₖ / (2k·(2k-1))

/**
 * ln Γ(x) for x above 0; in float32 to 1e-5, which near 1 and 2, where it is 0, is absolute.
 *
 *     ln Γ(x) = ln Γ(x+8) - Σₖ ln(x+k), k = 0 … 7     ln Γ(z) ≈ (z-½)·ln z - z + ½·ln 2π + 1/(12z) - 1/(360z³) + …
 *
 * Source: Stirling's series; torch.lgamma.
 */
export function lgamma(x: Tensor): Tensor {
  const z = add(x, 8);
  const u = mul(x, add(x, 7)); // x·(x+7); the other pairs are u + 6, u + 10 and u + 12
  const shift = add(log(mul(u, add(u, 6))), log(mul(add(u, 10), add(u, 12))));
  const r = div(1, z);
  const s = square(r);
  const series = STIRLING.reduceRight<Operand>((rest, term) => add(mul(rest, s), term), 0);
  const stirling = add(sub(mul(sub(z, 0.5), log(z)), z), add(mul(series, r), HALF_LN_2PI));
  return sub(stirling, shift);
}

/** Location, scale and degrees of freedom of a Student-t distribution, each of the target's shape. */
export interface StudentTParameters {
  readonly df: Tensor; // above 0
  readonly loc: Tensor;
  readonly scale: Tensor; // above 0
}

/**
 * Negative log-likelihood of the targets under Student-t distributions, in nats, element by element.
 *
 *     ln Γ(ν/2) - ln Γ((ν+1)/2) + ½·ln(νπ) + ln σ + (ν+1)/2·ln(1 + d²/ν),   d = (y - μ)/σ
 *
 * Source: torch.distributions.StudentT.log_prob.
 */
export function studentTNll({ df, loc, scale: sigma }: StudentTParameters, target: Tensor): Tensor {
  const d = div(sub(target, loc), sigma);
  const half = scale(add(df, 1), 0.5);
  const normalizer = add(sub(lgamma(scale(df, 0.5)), lgamma(half)), scale(log(scale(df, Math.PI)), 0.5));
  return add(add(normalizer, log(sigma)), mul(half, log(add(div(square(d), df), 1))));
}

/** Mean and number of failures r of a negative binomial distribution; its variance is μ + μ²/r. */
export interface NegativeBinomialParameters {
  readonly mean: Tensor; // above 0
  readonly totalCount: Tensor; // above 0
}

/**
 * Negative log-likelihood of counts under negative binomial distributions, in nats, element by element.
 *
 *     ln Γ(y+1) + ln Γ(r) - ln Γ(y+r) + (y+r)·ln(r+μ) - r·ln r - y·ln μ
 *
 * Source: torch.distributions.NegativeBinomial.log_prob with logits ln μ - ln r.
 *
 * @param target whole numbers of at least 0
 */
export function negativeBinomialNll({ mean, totalCount: r }: NegativeBinomialParameters, target: Tensor): Tensor {
  const sum = add(target, r);
  const counted = sub(add(lgamma(add(target, 1)), lgamma(r)), lgamma(sum));
  return add(counted, sub(mul(sum, log(add(mean, r))), add(mul(r, log(r)), mul(target, log(mean)))));
}
