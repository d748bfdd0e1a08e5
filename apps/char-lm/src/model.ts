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

/** What determines the names and shapes of the parameters; the content of `config.json`. */
export interface CharLmConfig {
  /** V */
  readonly vocabSize: number;
  readonly cell: CellName;
  /** H */
  readonly hiddenSize: number;
  /** L */
  readonly numLayers: number;
  /** E */
  readonly embeddingSize: number;
  /** Whether the embedding table is also the output layer's weight; then E = H. */
  readonly tieWeights: boolean;
  /** Whether the output of each layer is normalised. */
  readonly layerNorm: boolean;
}

/** Dropout probabilities in [0, 1), applied in training only. */
export interface CharLmDropout {
  /** Of the embeddings. */
  readonly embeddingDropout: number;
  /** Of the output of each layer. */
  readonly dropout: number;
  /** Of the recurrent weights. Source: Merity et al. 2018 (AWD-LSTM). */
  readonly weightDropout: number;
  /** Whether one mask serves all time steps of a batch. Source: Gal & Ghahramani 2016. */
  readonly variationalDropout: boolean;
}

export interface CharLmInput {
  readonly state: State;
  /** The random stream of this step, for dropout; undefined at evaluation. */
  readonly rng?: Rng | undefined;
}

/**
 * Character language model (many-to-many, aligned).
 *
 *     e[t] = E[x[t]]     h¹ = cell¹(e)     hˡ = cellˡ(hˡ⁻¹) + hˡ⁻¹     logits[t] = W·h[t] + b
 *
 * Recurrent weights are initialised orthogonal, the forget gates of an LSTM open (bias 1; Jozefowicz et al. 2015), and an
 * untied output layer zero, so that the first loss is ln V.
 */
export class CharLmModel extends Module {
  readonly config: CharLmConfig;
  readonly embedding: Embedding;
  readonly layers: readonly Recurrent[];
  readonly norms: readonly LayerNorm[];
  readonly head: Linear | undefined;
  readonly headBias: Param | undefined; // [V], of a tied output layer
  readonly #dropout: CharLmDropout;

  /** @throws ConfigError when the weights are tied and E is not H */
  constructor(config: CharLmConfig, dropout: CharLmDropout = NO_DROPOUT) {
    super();
    const { vocabSize: V, hiddenSize: H, numLayers: L, embeddingSize: E, tieWeights, layerNorm } = config;
    if (tieWeights && E !== H)
      throw new ConfigError(`--embedding-size must equal --hidden-size ${H} with --tie-weights, got ${E}`);
    this.config = config;
    this.#dropout = dropout;
    // A tied table is also the output layer, whose logits must begin small.
    this.embedding = this.module(
      'embedding',
      new Embedding({ count: V, size: E, initializer: normal(tieWeights ? 1 / Math.sqrt(H) : 1) }),
    );
    this.layers = Array.from({ length: L }, (_, k) =>
      this.module(`layers.${k}`, createCell(config, k === 0 ? E : H, dropout.weightDropout)),
    );
    this.norms = layerNorm ? this.layers.map((_, k) => this.module(`norms.${k}`, new LayerNorm(H))) : [];
    if (tieWeights) this.headBias = this.param('head.bias', [V], constant(0));
    else this.head = this.module('head', new Linear({ inputSize: H, outputSize: V, initializer: constant(0) }));
  }

  /** Returns one state per layer; see {@link Recurrent.zeroState}. */
  zeroState(B: number): State {
    return this.layers.flatMap((layer) => layer.zeroState(B));
  }

  /**
   * @param ids [T, B]
   * @returns logits: [T, B, V] of the character after each; state: after the last
   */
  forward(ids: Ids, { state, rng }: CharLmInput): { logits: Tensor; state: State } {
    axes('CharLmModel.forward: ids', ids, 'T B');
    const { embeddingDropout, dropout } = this.#dropout;
    const states: LayerState[] = [];
    let x: Tensor | undefined;
    for (const [k, layer] of this.layers.entries()) {
      const input =
        x ??
        (rng && embeddingDropout > 0
          ? this.#drop(this.embedding.forward(ids), embeddingDropout, rng.split('input'))
          : this.embedding.lookup(ids));
      const out = layer.forward(input, { state: state.slice(k, k + 1), rng: rng?.split(`layer ${k}`) });
      states.push(...out.state);
      const residual: Tensor = x ? add(out.y, x) : out.y;
      const normed = this.norms[k]?.forward(residual) ?? residual;
      x = this.#drop(normed, dropout, rng?.split(`output ${k}`));
    }
    const h = x as Tensor; // there is at least one layer
    const logits = this.head?.forward(h) ?? linear(h, this.embedding.weight, this.headBias);
    return { logits, state: states };
  }

  /** Describes the network to a {@link Stepper}, which generates one character after another. */
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

  #drop(x: Tensor, rate: number, rng: Rng | undefined): Tensor {
    return this.#dropout.variationalDropout ? lockedDropout(x, rate, rng) : dropout(x, rate, rng);
  }
}

const NO_DROPOUT: CharLmDropout = { embeddingDropout: 0, dropout: 0, weightDropout: 0, variationalDropout: false };

function createCell({ cell, hiddenSize }: CharLmConfig, inputSize: number, weightDropout: number): Recurrent {
  const config = { inputSize, hiddenSize, weightDropout, recurrentInitializer: orthogonal() };
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
