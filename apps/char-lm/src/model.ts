import {
  add,
  axes,
  type CellName,
  ConfigError,
  constant,
  createRecurrent,
  dropout,
  Embedding,
  type Ids,
  initializersOf,
  LayerNorm,
  type LayerState,
  Linear,
  linear,
  lockedDropout,
  Module,
  normal,
  Param,
  type Recurrent,
  type Rng,
  type State,
  type StepBuilder,
  type StepVector,
  type Tensor,
} from '@unroll/rnn-core';

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

/** What {@link CharLmModel} takes beside the ids. */
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
  /** The output layer; a tied one has only a bias [V] of its own. */
  readonly head: Linear | { readonly bias: Param };
  readonly #dropout: CharLmDropout;

  /** @throws ConfigError when the weights are tied and E is not H */
  constructor(config: CharLmConfig, dropout: CharLmDropout = NO_DROPOUT) {
    super();
    const { cell, vocabSize: V, hiddenSize: H, numLayers: L, embeddingSize: E, tieWeights, layerNorm } = config;
    if (tieWeights && E !== H)
      throw new ConfigError(`CharLmModel: embeddingSize must equal hiddenSize ${H} with tieWeights, got ${E}`);
    this.config = config;
    this.#dropout = dropout;
    // A tied table is also the output layer, whose logits must begin small.
    this.embedding = new Embedding({
      numEmbeddings: V,
      embeddingDim: E,
      initializer: normal(tieWeights ? 1 / Math.sqrt(H) : 1),
    });
    this.layers = Array.from({ length: L }, (_, k) =>
      createRecurrent(cell, {
        inputSize: k === 0 ? E : H,
        hiddenSize: H,
        weightDropout: dropout.weightDropout,
        ...initializersOf(cell),
      }),
    );
    this.norms = layerNorm ? this.layers.map(() => new LayerNorm({ normalizedShape: H })) : [];
    this.head = tieWeights
      ? { bias: new Param([V], constant(0)) }
      : new Linear({ inFeatures: H, outFeatures: V, initializer: constant(0) });
  }

  /** Returns one state per layer; see {@link Recurrent.zeroState}. */
  zeroState(B: number): State {
    return this.layers.flatMap((layer) => layer.zeroState(B));
  }

  /**
   * @param ids [T, B]
   * @returns logits: [T, B, V] of the character after each; state: after the last
   */
  forward(ids: Ids, input: CharLmInput): { logits: Tensor; state: State } {
    axes('CharLmModel.forward: ids', ids, 'T B');
    return this.forwardEmbedded(this.embedding.forward(ids), input);
  }

  /**
   * What {@link forward} gives for embeddings, whose gradient may then be asked for.
   *
   * @param embedded [T, B, E]
   * @returns hidden: [T, B, H], the hidden states of each layer
   */
  forwardEmbedded(
    embedded: Tensor,
    { state, rng }: CharLmInput,
  ): { logits: Tensor; state: State; hidden: readonly Tensor[] } {
    const { embeddingDropout, dropout } = this.#dropout;
    const states: LayerState[] = [];
    const hidden: Tensor[] = [];
    let x = this.#drop(embedded, embeddingDropout, rng?.split('input'));
    for (const [k, layer] of this.layers.entries()) {
      const out = layer.forward(x, { state: state.slice(k, k + 1), rng: rng?.split(`layer ${k}`) });
      states.push(...out.state);
      hidden.push(out.y);
      const residual = k === 0 ? out.y : add(out.y, x);
      const normed = this.norms[k]?.forward(residual) ?? residual;
      x = this.#drop(normed, dropout, rng?.split(`output ${k}`));
    }
    const logits =
      this.head instanceof Linear ? this.head.forward(x) : linear(x, this.embedding.weight, this.head.bias);
    return { logits, state: states, hidden };
  }

  /** Composes one time step for a `Stepper`, which generates one character after another. */
  stepped(build: StepBuilder): (id: number) => StepVector {
    const { hiddenSize } = this.config;
    const norms = this.norms.map((norm) => build.layerNorm(norm));
    const [lowest, ...upper] = this.layers;
    const first = build.recurrentOfEmbedding(lowest as Recurrent, this.embedding.weight);
    const layers = upper.map((layer) => ({ layer: build.recurrent(layer), add: build.add(hiddenSize) }));
    const head = build.linear(
      this.head instanceof Linear ? this.head : { weight: this.embedding.weight, bias: this.head.bias },
    );
    return (id) => {
      let x = first(id);
      x = norms[0]?.(x) ?? x;
      for (const [k, { layer, add }] of layers.entries()) {
        const residual = add(layer(x), x);
        x = norms[k + 1]?.(residual) ?? residual;
      }
      return head(x);
    };
  }

  #drop(x: Tensor, rate: number, rng: Rng | undefined): Tensor {
    return this.#dropout.variationalDropout ? lockedDropout(x, rate, rng) : dropout(x, rate, rng);
  }
}

const NO_DROPOUT: CharLmDropout = { embeddingDropout: 0, dropout: 0, weightDropout: 0, variationalDropout: false };
