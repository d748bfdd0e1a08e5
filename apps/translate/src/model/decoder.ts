import { concat, type LayerState, Linear, Module, type Recurrent, type Tensor, tanh } from '@unroll/rnn-core';
import { type Cell, createLayer, layerState, stateTensors, tensorsOf } from './cell.ts';
import type { Dropping } from './dropping.ts';
import type { Source } from './source.ts';

export const DECODERS = ['interleaved', 'fed'] as const;

export interface DecoderConfig {
  readonly cell: Cell;
  /** E, the width of an embedding and of what the output layer reads. */
  readonly embedding: number;
  /** D */
  readonly decoderHidden: number;
  /** M, the width of what the source is read as. */
  readonly memory: number;
}

/** Where every hypothesis stands: tensors [R, W], one width each. */
export type DecoderState = readonly Tensor[];

export interface Decoded {
  /** [T, R, E], what the output layer reads */
  readonly features: Tensor;
  readonly state: DecoderState;
  /** [T, R, S]; absent without attention */
  readonly weights?: Tensor;
}

/** Turns what was written so far into what comes next, looking at the source. Row k·N + n is hypothesis k of sentence n. */
export interface Decoder extends Module {
  /** The widths of a state's tensors. */
  readonly stateWidths: readonly number[];
  /** @param y [T, R, E], the tokens written so far, R a multiple of the source's sentences */
  forward(y: Tensor, state: DecoderState, source: Source, drop: Dropping): Decoded;
}

/**
 * Attention between two layers: the first asks the source for all positions at once, the second reads the answers.
 * Nothing but the two recurrences waits for the step before, so training is one pass of large products.
 */
export class InterleavedDecoder extends Module implements Decoder {
  readonly stateWidths: readonly number[];
  readonly #first: Recurrent;
  readonly #second: Recurrent;
  readonly #read: Linear;

  constructor({ cell, embedding: E, decoderHidden: D, memory: M }: DecoderConfig) {
    super();
    this.stateWidths = new Array<number>(2 * stateTensors(cell)).fill(D);
    this.#first = this.module('first', createLayer(cell, { inputSize: E, hiddenSize: D }));
    this.#second = this.module('second', createLayer(cell, { inputSize: D + M, hiddenSize: D }));
    this.#read = this.module('read', new Linear({ inputSize: 2 * D + M, outputSize: E }));
  }

  forward(y: Tensor, state: DecoderState, source: Source, drop: Dropping): Decoded {
    const half = state.length / 2;
    const first = this.#first.forward(y, { state: [layerState(state.slice(0, half))] });
    const h1 = drop(first.y, 'decoder first');
    const { context, weights } = ask(source, h1);
    const second = this.#second.forward(concat([h1, context]), { state: [layerState(state.slice(half))] });
    const features = tanh(this.#read.forward(concat([h1, drop(second.y, 'decoder second'), context])));
    return { features, state: [...tensorsOf(first.state), ...tensorsOf(second.state)], ...(weights && { weights }) };
  }
}

/**
 * Input feeding: each step reads, beside its token, what the step before handed to the output layer, so that the
 * decoder knows where it has looked. The steps run one after another in training too.
 * Source: Luong, Pham, Manning 2015, section 3.3.
 */
export class FedDecoder extends Module implements Decoder {
  readonly stateWidths: readonly number[];
  readonly #layer: Recurrent;
  readonly #read: Linear;

  constructor({ cell, embedding: E, decoderHidden: D, memory: M }: DecoderConfig) {
    super();
    this.stateWidths = [...new Array<number>(stateTensors(cell)).fill(D), E];
    this.#layer = this.module('layer', createLayer(cell, { inputSize: 2 * E, hiddenSize: D }));
    this.#read = this.module('read', new Linear({ inputSize: D + M, outputSize: E }));
  }

  forward(y: Tensor, state: DecoderState, source: Source, drop: Dropping): Decoded {
    const T = y.shape[0] as number;
    let layer = layerState(state.slice(0, -1));
    let feed = (state.at(-1) as Tensor).reshape(1, ...(state.at(-1) as Tensor).shape);
    const steps: { features: Tensor; weights: Tensor | undefined }[] = [];
    for (let t = 0; t < T; t++) {
      const out = this.#layer.forward(concat([y.rows(t, t + 1), feed]), { state: [layer] });
      layer = out.state[0] as LayerState;
      const h = drop(out.y, 'decoder');
      const { context, weights } = ask(source, h);
      feed = tanh(this.#read.forward(concat([h, context])));
      steps.push({ features: feed, weights });
    }
    const [features, weights] = [stack(steps.map((step) => step.features)), steps.map((step) => step.weights)];
    const seen = weights.every((w) => w !== undefined) ? { weights: stack(weights) } : {};
    return { features, state: [...tensorsOf([layer]), feed.reshape(...feed.shape.slice(1))], ...seen };
  }
}

/** What the source answers to queries [T, K·N, D], K hypotheses of N sentences at each of T positions. */
function ask(source: Source, query: Tensor): { context: Tensor; weights: Tensor | undefined } {
  const [T = 0, R = 0, D = 0] = query.shape;
  const { context, weights } = source.read(query.reshape((T * R) / source.N, source.N, D));
  const perRow = (x: Tensor): Tensor => x.reshape(T, R, x.shape[2] as number);
  return { context: perRow(context), weights: weights && perRow(weights) };
}

/** Tensors [1, R, W] under one another. */
function stack(rows: readonly Tensor[]): Tensor {
  const [, R = 0, W = 0] = rows[0]?.shape ?? [];
  return concat(rows.map((row) => row.reshape(R * W))).reshape(rows.length, R, W);
}
