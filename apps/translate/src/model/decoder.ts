import {
  type CellName,
  concat,
  type LayerState,
  Linear,
  Module,
  type Recurrent,
  type Tensor,
  tanh,
} from '@unroll/rnn-core';
import type { Dropout } from './dropout.ts';
import type { EncodedSource, SourceContext } from './encoded-source.ts';
import { createLayer, layerState, stateSizesOf, tensorsOf } from './recurrent-layer.ts';

export const DECODERS = ['interleaved', 'input-feeding'] as const;

export interface DecoderConfig {
  readonly cell: CellName;
  /** E, also the size of the features of the output layer. */
  readonly embeddingSize: number;
  /** D */
  readonly decoderHiddenSize: number;
  /** M, the size of a context vector. */
  readonly memorySize: number;
}

/** Recurrent state of all hypotheses: tensors [R, W], one W each. */
export type DecoderState = readonly Tensor[];

export interface DecoderOutput {
  /** [T, R, E], the input of the output layer */
  readonly features: Tensor;
  readonly state: DecoderState;
  /** [T, R, S], attention weights; absent without attention */
  readonly weights?: Tensor;
}

/**
 * Computes features of the next token from the tokens before it and the source. Row k·N + n is hypothesis k of sentence
 * n.
 */
export interface Decoder extends Module {
  /** W of each tensor of the state. */
  readonly stateSizes: readonly number[];
  /** @param y [T, R, E], embedded target tokens, R a multiple of the number of source sentences */
  forward(y: Tensor, state: DecoderState, source: EncodedSource, dropout: Dropout): DecoderOutput;
}

/**
 * Attention between two recurrent layers: the outputs of the first are the queries, and the second takes the contexts.
 * No query depends on an earlier context, so training computes the attention of all positions in one pass of large
 * matrix products.
 */
export class InterleavedDecoder extends Module implements Decoder {
  readonly stateSizes: readonly number[];
  readonly first: Recurrent;
  readonly second: Recurrent;
  readonly read: Linear;

  constructor({ cell, embeddingSize: E, decoderHiddenSize: D, memorySize: M }: DecoderConfig) {
    super();
    this.first = createLayer(cell, { inputSize: E, hiddenSize: D });
    this.second = createLayer(cell, { inputSize: D + M, hiddenSize: D });
    this.read = new Linear({ inFeatures: 2 * D + M, outFeatures: E });
    this.stateSizes = [...stateSizesOf(this.first), ...stateSizesOf(this.second)];
  }

  forward(y: Tensor, state: DecoderState, source: EncodedSource, dropout: Dropout): DecoderOutput {
    const half = state.length / 2;
    const first = this.first.forward(y, { state: [layerState(state.slice(0, half))] });
    const h1 = dropout(first.y, 'decoder first');
    const { context, weights } = attend(source, h1);
    const second = this.second.forward(concat([h1, context], -1), { state: [layerState(state.slice(half))] });
    const features = tanh(this.read.forward(concat([h1, dropout(second.y, 'decoder second'), context], -1)));
    return { features, state: [...tensorsOf(first.state), ...tensorsOf(second.state)], ...(weights && { weights }) };
  }
}

/**
 * Input feeding: the input of each step is the token's embedding and the features of the step before, which carry the
 * earlier attention. The steps are sequential in training too.
 * Source: Luong, Pham, Manning 2015, section 3.3.
 */
export class InputFeedingDecoder extends Module implements Decoder {
  readonly stateSizes: readonly number[];
  readonly layer: Recurrent;
  readonly read: Linear;

  constructor({ cell, embeddingSize: E, decoderHiddenSize: D, memorySize: M }: DecoderConfig) {
    super();
    this.layer = createLayer(cell, { inputSize: 2 * E, hiddenSize: D });
    this.read = new Linear({ inFeatures: D + M, outFeatures: E });
    this.stateSizes = [...stateSizesOf(this.layer), E];
  }

  forward(y: Tensor, state: DecoderState, source: EncodedSource, dropout: Dropout): DecoderOutput {
    const T = y.shape[0] as number;
    let layer = layerState(state.slice(0, -1));
    let feed = (state.at(-1) as Tensor).reshape(1, ...(state.at(-1) as Tensor).shape);
    const steps: { features: Tensor; weights: Tensor | undefined }[] = [];
    for (let t = 0; t < T; t++) {
      const out = this.layer.forward(concat([y.rows(t, t + 1), feed], -1), { state: [layer] });
      layer = out.state[0] as LayerState;
      const h = dropout(out.y, 'decoder');
      const { context, weights } = attend(source, h);
      feed = tanh(this.read.forward(concat([h, context], -1)));
      steps.push({ features: feed, weights });
    }
    const features = concat(
      steps.map((step) => step.features),
      0,
    );
    const weights = steps.map((step) => step.weights);
    const attended = weights.every((w) => w !== undefined) ? { weights: concat(weights, 0) } : {};
    return { features, state: [...tensorsOf([layer]), feed.reshape(...feed.shape.slice(1))], ...attended };
  }
}

/** Contexts of queries [T, K·N, D], K hypotheses of N sentences at each of T positions. */
function attend(source: EncodedSource, query: Tensor): SourceContext {
  const [T = 0, R = 0, D = 0] = query.shape;
  const { context, weights } = source.attend(query.reshape((T * R) / source.N, source.N, D));
  const perRow = (x: Tensor): Tensor => x.reshape(T, R, x.shape[2] as number);
  return { context: perRow(context), ...(weights && { weights: perRow(weights) }) };
}
