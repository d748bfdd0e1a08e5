import type { Ptr } from '../backend/backend.ts';
import { type Backprop, Tape } from '../tensor/tape.ts';
import { axes, type Tensor } from '../tensor/tensor.ts';
import { checkLengths } from './time.ts';

/** What attention reads. */
export interface Attended {
  /** [Q, B, E], the values' mean under the weights */
  readonly context: Tensor;
  /** [Q, B, S], each row's sum 1 over the valid positions; for inspection: no gradient flows through it */
  readonly weights: Tensor;
}

/**
 * Attention over a source, the score a scaled product; the hypotheses of a beam are queries of one source.
 *
 *     w = softmax over s < lengths[b] of scale·q·keys[s]     context = Σ_s w[s]·values[s]
 *
 * Source: Luong, Pham, Manning 2015, “dot”; with scale 1/√D torch.nn.functional.scaled_dot_product_attention.
 *
 * @param q       [Q, B, D] all target positions at once, or one
 * @param keys    [S, B, D]
 * @param values  [S, B, E]
 * @param lengths valid positions of each entry, [B]; the context of an entry without any is 0
 * @throws ShapeError when the axes do not fit
 */
export function dotAttention(q: Tensor, keys: Tensor, values: Tensor, scale: number, lengths?: Int32Array): Attended {
  const { Q, S, B, D, E, tape, lengthsPtr } = enter('dotAttention', q, keys, values, lengths);
  const k = tape.kernels;
  const context = tape.result('dotAttention', [Q, B, E], [q, keys, values]);
  const weights = tape.tensor('dotAttention', [Q, B, S]);
  k.attentionDotForward(context.ptr, weights.ptr, q.ptr, keys.ptr, values.ptr, lengthsPtr, Q, S, B, D, E, scale);
  tape.record([context], (back) => {
    const dcontext = back.of(context);
    const [dq, dkeys, dvalues] = [gradientOf(back, q), gradientOf(back, keys), gradientOf(back, values)];
    k.attentionDotBackward(
      dq,
      dkeys,
      dvalues,
      back.scratch(Q * B * S),
      dcontext,
      weights.ptr,
      q.ptr,
      keys.ptr,
      values.ptr,
      lengthsPtr,
      Q,
      S,
      B,
      D,
      E,
      scale,
    );
  });
  return { context, weights };
}

/**
 * Attention over a source, the score a small network; nothing of size [Q, B, S, D] is stored.
 *
 *     w = softmax over s < lengths[b] of vᵀ·tanh(q + keys[s])     context = Σ_s w[s]·values[s]
 *
 * Source: Bahdanau, Cho, Bengio 2015, whose two linear maps the caller has applied to q and keys.
 *
 * @param q       [Q, B, D]
 * @param keys    [S, B, D]
 * @param values  [S, B, E]
 * @param v       [D]
 * @param lengths valid positions of each entry, [B]; the context of an entry without any is 0
 * @throws ShapeError when the axes do not fit
 */
export function additiveAttention(
  q: Tensor,
  keys: Tensor,
  values: Tensor,
  v: Tensor,
  lengths?: Int32Array,
): Attended {
  const { Q, S, B, D, E, tape, lengthsPtr } = enter('additiveAttention', q, keys, values, lengths);
  axes('additiveAttention: v', v, 'D', { D });
  const k = tape.kernels;
  const context = tape.result('additiveAttention', [Q, B, E], [q, keys, values, v]);
  const weights = tape.tensor('additiveAttention', [Q, B, S]);
  k.attentionAdditiveForward(context.ptr, weights.ptr, q.ptr, keys.ptr, values.ptr, v.ptr, lengthsPtr, Q, S, B, D, E);
  tape.record([context], (back) => {
    const dcontext = back.of(context);
    const [dq, dkeys, dvalues, dv] = [
      gradientOf(back, q),
      gradientOf(back, keys),
      gradientOf(back, values),
      gradientOf(back, v),
    ];
    k.attentionAdditiveBackward(
      dq,
      dkeys,
      dvalues,
      dv,
      back.scratch(Q * B * S),
      dcontext,
      weights.ptr,
      q.ptr,
      keys.ptr,
      values.ptr,
      v.ptr,
      lengthsPtr,
      Q,
      S,
      B,
      D,
      E,
    );
  });
  return { context, weights };
}

function enter(where: string, q: Tensor, keys: Tensor, values: Tensor, lengths: Int32Array | undefined) {
  const { Q, B, D } = axes(`${where}: q`, q, 'Q B D');
  const { S } = axes(`${where}: keys`, keys, 'S B D', { B, D });
  const { E } = axes(`${where}: values`, values, 'S B E', { S, B });
  checkLengths(where, lengths, S, B);
  const tape = Tape.current;
  return { Q, S, B, D, E, tape, lengthsPtr: tape.int32(lengths) };
}

/** The address of x's gradient, ready to be added to; null when x needs none. */
function gradientOf(back: Backprop, x: Tensor): Ptr {
  let at: Ptr = 0;
  back.into(x, (dx, beta) => {
    if (beta === 0) Tape.current.kernels.fill(dx, 0, x.size);
    at = dx;
  });
  return at;
}
