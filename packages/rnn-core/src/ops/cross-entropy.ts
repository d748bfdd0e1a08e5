import { ConfigError, DataError } from '../errors.ts';
import { Tape } from '../tensor/tape.ts';
import { axes, type Ids, type Tensor } from '../tensor/tensor.ts';
import type { Reduction } from './reduce.ts';
import { lastAxis } from './shape.ts';

/** Of {@link crossEntropy}; names as in torch.nn.functional.cross_entropy. */
export interface CrossEntropyOptions {
  /** Targets of this value contribute no loss and no gradient; default -100, torch's. */
  readonly ignoreIndex?: number | undefined;
  /** The part s of the target's probability that is spread evenly over all classes, in [0, 1]; default 0. */
  readonly labelSmoothing?: number | undefined;
  /** A weight for each class, [V]. */
  readonly weight?: Tensor | undefined;
  /** Default 'mean', weighted by the targets' class weights. */
  readonly reduction?: Reduction | undefined;
}

/**
 * Softmax cross-entropy, in nats. Source: torch.nn.functional.cross_entropy.
 *
 *     loss = (1-s)·w[y]·(-ln p[y]) + s/V·Σ_c w[c]·(-ln p[c])     p = softmax(logits)
 *
 * @param logits  [..., V]
 * @param targets as many ids as there are rows of logits, each in [0, V) or `ignoreIndex`
 * @returns []; or [...] with reduction 'none', 0 where the target is ignored
 * @throws ShapeError when the counts differ; ConfigError when labelSmoothing is not in [0, 1]; DataError when an id is
 * out of range, or every target of a mean is ignored
 */
export function crossEntropy(
  logits: Tensor,
  targets: Ids,
  { ignoreIndex = -100, labelSmoothing = 0, weight, reduction = 'mean' }: CrossEntropyOptions = {},
): Tensor {
  const { rows, cols: V, outer } = lastAxis('crossEntropy: logits', logits);
  axes('crossEntropy: targets', { shape: [targets.values.length] }, 'rows', { rows });
  if (weight) axes('crossEntropy: weight', weight, 'V', { V });
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1))
    throw new ConfigError(`crossEntropy: labelSmoothing must be in [0, 1], got ${labelSmoothing}`);
  const total = totalWeight(targets.values, V, ignoreIndex, weight);
  if (reduction === 'mean' && total === 0)
    throw new DataError('crossEntropy: at least one target must count, got only ignored ones');

  const tape = Tape.current;
  const k = tape.kernels;
  const [weights, ids] = [weight?.ptr ?? 0, tape.addressOf('crossEntropy', targets)];
  const isReduced = reduction !== 'none';
  const scale = reduction === 'mean' ? 1 / total : 1;
  const losses = isReduced
    ? tape.tensor('crossEntropy', outer)
    : tape.result('crossEntropy', outer, [logits, weight]);
  const lse = tape.tensor('crossEntropy', [rows]);
  k.crossEntropyForward(losses.ptr, lse.ptr, logits.ptr, ids, weights, rows, V, ignoreIndex, labelSmoothing);
  const loss = isReduced ? tape.result('crossEntropy', [], [logits, weight]) : losses;
  if (isReduced) {
    k.sumColumns(loss.ptr, losses.ptr, 1, rows, 0);
    k.scale(loss.ptr, loss.ptr, scale, 1, 0);
  }
  tape.record([loss], (back) => {
    const dloss = back.of(loss);
    back.into(logits, (dx, beta) =>
      k.crossEntropyBackward(
        dx,
        dloss,
        isReduced ? 0 : 1,
        logits.ptr,
        lse.ptr,
        ids,
        weights,
        rows,
        V,
        ignoreIndex,
        labelSmoothing,
        scale,
        beta,
      ),
    );
  });
  return loss;
}

/** The class weights of the targets that count, summed. */
function totalWeight(targets: Int32Array, V: number, ignoreIndex: number, weight: Tensor | undefined): number {
  const weightOf = weight?.view();
  let total = 0;
  for (const [row, id] of targets.entries()) {
    if (id === ignoreIndex) continue;
    if (!(id >= 0 && id < V))
      throw new DataError(`crossEntropy: target must be in [0, ${V}), got ${id} in row ${row}`);
    total += weightOf ? (weightOf[id] as number) : 1;
  }
  return total;
}
