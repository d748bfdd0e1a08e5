import {
  add,
  axes,
  ConfigError,
  constant,
  dropout,
  Embedding,
  Gru,
  type Ids,
  type Initializer,
  LayerNorm,
  type LayerState,
  Linear,
  Lstm,
  linear,
  lockedDropout,
  Module,
  normal,
  orthogonal,
  type Param,
  type Recurrent,
  type Rng,
  Rnn,
  type State,
  type SteppedModel,
  type Tensor,
} from '@unroll/rnn-core';

export type CellName = 'rnn' | 'gru' | 'lstm';

/** What decides the weights' names and shapes. */
export interface CharLmShape {
  /** V, the size of the vocabulary. */
  readonly vocabSize: number;
  readonly cell: CellName;
  /** H */
  readonly hidden: number;
  /** L */
  readonly layers: number;
  /** E, the numbers of each character. */
  readonly embedding: number;
  /** Whether a character is read and predicted with the same numbers; then E = H. */
  readonly tied: boolean;
  /** Whether each layer's output is normalised. */
  readonly layerNorm: boolean;
}

/** What is dropped while training, as shares in [0, 1). */
export interface CharLmDropout {
  /** Of the numbers of each character read. */
  readonly dropoutInput: number;
  /** Of what each layer hands on. */
  readonly dropout: number;
  /** Of the recurrent weights. */
  readonly dropConnect: number;
  /** Whether one mask serves all of a window's time. */
  readonly variational: boolean;
}

export interface CharLmInput {
  readonly state: State;
  /** The stream of this step, for dropout; none at evaluation. */
  readonly rng?: Rng | undefined;
}

/**
 * A character language model: many-to-many, aligned.
 *
 *     e[t] = E[x[t]]     h¹ = cell¹(e)     hˡ = cellˡ(hˡ⁻¹) + hˡ⁻¹     logits[t] = W·h[t] + b
 *
 * Recurrent weights begin orthogonal, an LSTM's forget gates open (bias 1; Jozefowicz et al. 2015), and an output layer of
 * its own at zero, so that the first loss is ln V.
 */
export class CharLm extends Module {
  readonly shape: CharLmShape;
  readonly embedding: Embedding;
  readonly layers: readonly Recurrent[];
  readonly norms: readonly LayerNorm[];
  readonly head: Linear | undefined;
  readonly headBias: Param | undefined; // [V], of a tied output layer
  readonly #drop: CharLmDropout;

  /** @throws ConfigError when sizes contradict each other */
  constructor(shape: CharLmShape, drop: CharLmDropout = NO_DROPOUT) {
    super();
    const { vocabSize: V, hidden: H, layers: L, embedding: E, tied, layerNorm } = shape;
    if (tied && E !== H) throw new ConfigError(`--embedding must equal --hidden ${H} with --tied, got ${E}`);
    this.shape = shape;
    this.#drop = drop;
    // A tied table is also the output layer, whose logits must begin small.
    this.embedding = this.module(
      'embedding',
      new Embedding({ count: V, size: E, initializer: normal(tied ? 1 / Math.sqrt(H) : 1) }),
    );
    this.layers = Array.from({ length: L }, (_, k) =>
      this.module(`layers.${k}`, createCell(shape, k === 0 ? E : H, drop.dropConnect)),
    );
    this.norms = layerNorm ? this.layers.map((_, k) => this.module(`norms.${k}`, new LayerNorm(H))) : [];
    if (tied) this.headBias = this.param('head.bias', [V], constant(0));
    else this.head = this.module('head', new Linear({ inputSize: H, outputSize: V, initializer: constant(0) }));
  }

  /** One entry a layer; see {@link Recurrent.zeroState}. */
  zeroState(B: number): State {
    return this.layers.flatMap((layer) => layer.zeroState(B));
  }

  /**
   * @param ids [T, B]
   * @returns logits: [T, B, V] of the character after each; state: after the last
   */
  forward(ids: Ids, { state, rng }: CharLmInput): { logits: Tensor; state: State } {
    axes('CharLm.forward: ids', ids, 'T B');
    const { dropoutInput } = this.#drop;
    const ended: LayerState[] = [];
    let x: Tensor | undefined;
    for (const [k, layer] of this.layers.entries()) {
      const read =
        x ??
        (rng && dropoutInput > 0
          ? this.#dropped(this.embedding.forward(ids), dropoutInput, rng.split('input'))
          : this.embedding.lookup(ids));
      const out = layer.forward(read, { state: state.slice(k, k + 1), rng: rng?.split(`layer ${k}`) });
      ended.push(...out.state);
      const residual: Tensor = x ? add(out.y, x) : out.y;
      const normed = this.norms[k]?.forward(residual) ?? residual;
      x = this.#dropped(normed, this.#drop.dropout, rng?.split(`output ${k}`));
    }
    const h = x as Tensor; // there is a layer at least
    const logits = this.head?.forward(h) ?? linear(h, this.embedding.weight, this.headBias);
    return { logits, state: ended };
  }

  /** What runs one character after another, in sampling; see {@link Stepper}. */
  stepped(): SteppedModel {
    const layers = this.layers.map((cell, k) => ({ cell, norm: this.norms[k] }));
    const bias = this.headBias as Param; // of a tied output layer
    return {
      table: this.embedding.weight,
      layers,
      residual: true,
      head: this.head ?? { weight: this.embedding.weight, bias },
    };
  }

  #dropped(x: Tensor, rate: number, rng: Rng | undefined): Tensor {
    return this.#drop.variational ? lockedDropout(x, rate, rng) : dropout(x, rate, rng);
  }
}

const NO_DROPOUT: CharLmDropout = { dropoutInput: 0, dropout: 0, dropConnect: 0, variational: false };

function createCell({ cell, hidden: H }: CharLmShape, I: number, weightDropout: number): Recurrent {
  const config = { inputSize: I, hiddenSize: H, weightDropout, recurrentInitializer: orthogonal() };
  switch (cell) {
    case 'rnn':
      return new Rnn({ ...config, biasInitializer: constant(0) });
    case 'gru':
      return new Gru({ ...config, biasInitializer: constant(0) });
    case 'lstm':
      return new Lstm({ ...config, biasInitializer: openForgetGates });
  }
}

/** Gate blocks i f g o: ones for f. */
const openForgetGates: Initializer = (values) => {
  const H = values.length / 4;
  values.fill(0).fill(1, H, 2 * H);
};
