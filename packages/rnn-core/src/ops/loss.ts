import { ConfigError, ShapeError } from '../errors.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { abs, add, clamp, mul, neg, scale, softplus, square, sub } from './elementwise.ts';
import { type Reduction, reduce } from './reduce.ts';

/** Of a loss. */
export interface LossOptions {
  /** Default 'mean'. */
  readonly reduction?: Reduction | undefined;
}

/** (input - target)². Source: torch.nn.functional.mse_loss. */
export function mseLoss(input: Tensor, target: Tensor, { reduction = 'mean' }: LossOptions = {}): Tensor {
  return reduce(square(difference('mseLoss', input, target)), reduction);
}

/** |input - target|. Source: torch.nn.functional.l1_loss. */
export function l1Loss(input: Tensor, target: Tensor, { reduction = 'mean' }: LossOptions = {}): Tensor {
  return reduce(abs(difference('l1Loss', input, target)), reduction);
}

/**
 * d²/2 where d = |input - target| is below delta, and delta·(d - delta/2) beyond: c·(d - c/2) with c = min(d, delta).
 * Source: torch.nn.functional.huber_loss.
 *
 * @throws ConfigError when delta is not above 0
 */
export function huberLoss(
  input: Tensor,
  target: Tensor,
  { delta = 1, reduction = 'mean' }: LossOptions & { readonly delta?: number } = {},
): Tensor {
  if (!(delta > 0)) throw new ConfigError(`huberLoss: delta must be above 0, got ${delta}`);
  const d = abs(difference('huberLoss', input, target));
  const c = clamp(d, { max: delta });
  return reduce(mul(c, sub(d, scale(c, 0.5))), reduction);
}

/** Of {@link binaryCrossEntropyWithLogits}; names as in torch. */
export interface BinaryCrossEntropyOptions extends LossOptions {
  /** Factors of the losses; broadcasts to them. */
  readonly weight?: Tensor | undefined;
  /** How much a positive example counts beside a negative one, a number a class; broadcasts to the targets. */
  readonly posWeight?: Tensor | undefined;
}

/**
 * -posWeight·y·ln σ(x) - (1-y)·ln(1 - σ(x)) = (1-y)·x + (1 + (posWeight - 1)·y)·ln(1 + e^-x), with logits x and
 * targets y. Source: torch.nn.functional.binary_cross_entropy_with_logits.
 *
 * @param target as the logits, each in [0, 1]
 */
export function binaryCrossEntropyWithLogits(
  logits: Tensor,
  target: Tensor,
  { weight, posWeight, reduction = 'mean' }: BinaryCrossEntropyOptions = {},
): Tensor {
  expectSameShape('binaryCrossEntropyWithLogits', logits, target);
  const missed = softplus(neg(logits));
  const positive = posWeight ? mul(add(mul(target, sub(posWeight, 1)), 1), missed) : missed;
  const losses = add(mul(sub(1, target), logits), positive);
  return reduce(weight ? mul(losses, weight) : losses, reduction);
}

function difference(where: string, input: Tensor, target: Tensor): Tensor {
  expectSameShape(where, input, target);
  return sub(input, target);
}

function expectSameShape(where: string, { shape }: Tensor, target: Tensor): void {
  if (target.shape.join() !== shape.join())
    throw new ShapeError(`${where}: target must be [${shape.join(', ')}], got [${target.shape.join(', ')}]`);
}
