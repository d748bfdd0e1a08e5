import { ConfigError, DataError } from '../errors.ts';
import { Tape } from '../tensor/tape.ts';
import { axes, type Ids, type Tensor } from '../tensor/tensor.ts';
import { lastAxis } from './shape.ts';

/** Softmax over the last axis. */
export function softmax(x: Tensor): Tensor {
  const { rows, cols } = lastAxis('softmax: x', x);
  const tape = Tape.current;
  const k = tape.kernels;
  const y = tape.result('softmax', x.shape, [x]);
  k.softmaxForward(y.ptr, x.ptr, rows, cols);
  tape.record([y], (back) => {
    const dy = back.of(y);
    back.into(x, (dx, beta) => k.softmaxBackward(dx, dy, y.ptr, rows, cols, beta));
  });
  return y;
}

export interface CrossEntropyOptions {
  /** Targets with this id count for nothing. Padding, by custom -1. */
  ignore?: number;
  /** The share s of the target's mass that is spread evenly over all classes. */
  smoothing?: number;
  /** A weight per class, [V]. */
  weights?: Tensor;
}

/** The loss, and its parts: one number a row, 0 where the target is ignored. */
export interface CrossEntropy {
  /** []: the mean over the targets that count, in nats, weighted by their classes. */
  readonly loss: Tensor;
  /** [rows] */
  readonly losses: Tensor;
}

/**
 * Softmax cross-entropy. Source: torch.nn.functional.cross_entropy with its mean, smoothing and weights.
 *
 * @param logits  [..., V]
 * @param targets as many ids as there are rows of logits, each in [0, V) or `ignore`
 * @throws ShapeError when the counts differ; ConfigError when the smoothing is not in [0, 1]; DataError when an id is out
 * of range, or every target is ignored
 */
export function crossEntropy(
  logits: Tensor,
  targets: Ids,
  { ignore = -1, smoothing = 0, weights }: CrossEntropyOptions = {},
): CrossEntropy {
  const { rows, cols: V } = lastAxis('crossEntropy: logits', logits);
  axes('crossEntropy: targets', { shape: [targets.values.length] }, 'rows', { rows });
  if (weights) axes('crossEntropy: weights', weights, 'V', { V });
  if (!(smoothing >= 0 && smoothing <= 1))
    throw new ConfigError(`crossEntropy: smoothing must be in [0, 1], got ${smoothing}`);
  const mass = massOf(targets.values, V, ignore, weights);
  const tape = Tape.current;
  const k = tape.kernels;
  const losses = tape.tensor('crossEntropy', [rows]);
  const lse = tape.tensor('crossEntropy', [rows]);
  const loss = tape.result('crossEntropy', [], [logits]);
  k.crossEntropyForward(losses.ptr, lse.ptr, logits.ptr, targets.ptr, weights?.ptr ?? 0, rows, V, ignore, smoothing);
  k.sumColumns(loss.ptr, losses.ptr, 1, rows, 0);
  k.scale(loss.ptr, loss.ptr, 1 / mass, 1, 0);
  tape.record([loss], (back) => {
    const dloss = back.of(loss);
    back.into(logits, (dx, beta) =>
      k.crossEntropyBackward(
        dx,
        dloss,
        logits.ptr,
        lse.ptr,
        targets.ptr,
        weights?.ptr ?? 0,
        rows,
        V,
        ignore,
        smoothing,
        1 / mass,
        beta,
      ),
    );
  });
  return { loss, losses };
}

/** The weights of the targets that count, summed. */
function massOf(targets: Int32Array, V: number, ignore: number, weights: Tensor | undefined): number {
  const weightOf = weights?.view();
  let mass = 0;
  for (const [row, id] of targets.entries()) {
    if (id === ignore) continue;
    if (!(id >= 0 && id < V))
      throw new DataError(`crossEntropy: target must be in [0, ${V}), got ${id} in row ${row}`);
    mass += weightOf ? (weightOf[id] as number) : 1;
  }
  if (mass === 0) throw new DataError('crossEntropy: at least one target must count, got only ignored ones');
  return mass;
}
