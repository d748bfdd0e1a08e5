import {
  add,
  axes,
  type CellName,
  ConfigError,
  constant,
  createRecurrent,
  dropout,
  Embedding,
  FeedForward,
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
  type RecurrentOutput,
  type Rng,
  type State,
  type StepBuilder,
  type StepPiece,
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
  /** Whether each layer is a pre-norm residual block of cell and feed-forward layer; then E = H. Default: false. */
  readonly block?: boolean;
}

/** Dropout probabilities in [0, 1), applied in training only. */
export interface CharLmDropout {
  /** Of the embeddings. */
  readonly embeddingDropout: number;
  /** Of the output of each layer; with blocks, of the outputs of cell and feed-forward layer. */
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
 * or, with pre-norm residual blocks, as a cell without a recurrent matrix needs (Feng et al. 2024; De et al. 2024, “Griffin”):
 *
 *     h⁰ = e     uˡ = hˡ⁻¹ + cellˡ(norm(hˡ⁻¹))     hˡ = uˡ + ff(norm(uˡ))     logits[t] = W·norm(h[t]) + b
 *
 * Recurrent weights are initialised orthogonal, the forget gates of an LSTM open (bias 1; Jozefowicz et al. 2015), and an
 * untied output layer zero, so that the first loss is ln V.
 */
export class CharLmModel extends Module {
  readonly config: CharLmConfig;
  readonly embedding: Embedding;
  readonly layers: readonly Recurrent[];
  /** After each layer; with blocks, before each cell and each feed-forward layer, and before the output layer. */
  readonly norms: readonly LayerNorm[];
  /** Of each block. */
  readonly feedForwards: readonly FeedForward[];
  /** The output layer; a tied one has only a bias [V] of its own. */
  readonly head: Linear | { readonly bias: Param };
  readonly #dropout: CharLmDropout;

  /** @throws ConfigError when the weights are tied or there are blocks and E is not H, or both blocks and `layerNorm` */
  constructor(config: CharLmConfig, dropout: CharLmDropout = NO_DROPOUT) {
    super();
    const { cell, vocabSize: V, hiddenSize: H, numLayers: L, embeddingSize: E, tieWeights, layerNorm } = config;
    const { block = false } = config;
    if ((tieWeights || block) && E !== H)
      throw new ConfigError(
        `CharLmModel: embeddingSize must equal hiddenSize ${H} with ${block ? 'block' : 'tieWeights'}, got ${E}`,
      );
    if (block && layerNorm)
      throw new ConfigError('CharLmModel: layerNorm must be false with block, whose layers are normalised, got true');
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
    const norms = block ? 2 * L + 1 : layerNorm ? L : 0;
    this.norms = Array.from({ length: norms }, () => new LayerNorm({ normalizedShape: H }));
    // A wider hidden layer costs more steps than it gains, in trainings of minutes.
    this.feedForwards = block ? this.layers.map(() => new FeedForward({ size: H, hiddenSize: H })) : [];
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
    return this.#forward(this.embedding.forward(ids), input, ids);
  }

  /**
   * What {@link forward} gives for embeddings, whose gradient may then be asked for.
   *
   * @param embedded [T, B, E]
   * @returns hidden: [T, B, H], the hidden states of each layer
   */
  forwardEmbedded(embedded: Tensor, input: CharLmInput): { logits: Tensor; state: State; hidden: readonly Tensor[] } {
    return this.#forward(embedded, input);
  }

  /** @param ids of what is embedded, where that is known */
  #forward(
    embedded: Tensor,
    { state, rng }: CharLmInput,
    ids?: Ids,
  ): { logits: Tensor; state: State; hidden: readonly Tensor[] } {
    const { embeddingDropout, dropout } = this.#dropout;
    const states: LayerState[] = [];
    const hidden: Tensor[] = [];
    const keep = ({ y, state }: RecurrentOutput): Tensor => {
      states.push(...state);
      hidden.push(y);
      return y;
    };
    const inputOf = (k: number) => ({ state: state.slice(k, k + 1), rng: rng?.split(`layer ${k}`) });
    const cell = (k: number, x: Tensor): Tensor => keep((this.layers[k] as Recurrent).forward(x, inputOf(k)));
    /** The cell of block k over norm(x); of the lowest, whose x is looked up, each row of the table is projected once. */
    const normedCell = (k: number, x: Tensor): Tensor => {
      const isLookup = k === 0 && ids && ids.values.length > this.config.vocabSize && !(rng && embeddingDropout > 0);
      if (!isLookup) return cell(k, norm(2 * k, x));
      const [lowest] = this.layers as [Recurrent];
      const projections = lowest.projectInput(norm(0, this.embedding.weight));
      return keep(lowest.forwardCached({ projections, ids }, inputOf(0)));
    };
    const drop = (y: Tensor, name: string): Tensor => this.#drop(y, dropout, rng?.split(name));
    let x = this.#drop(embedded, embeddingDropout, rng?.split('input'));
    const norm = (k: number, x: Tensor): Tensor => this.norms[k]?.forward(x) ?? x;
    for (const k of this.layers.keys()) {
      const feedForward = this.feedForwards[k];
      if (feedForward) {
        x = add(x, drop(normedCell(k, x), `output ${k}`));
        x = add(x, drop(feedForward.forward(norm(2 * k + 1, x)), `feed-forward ${k}`));
      } else {
        const y = cell(k, x);
        x = drop(norm(k, k === 0 ? y : add(y, x)), `output ${k}`);
      }
    }
    if (this.config.block) x = norm(2 * this.layers.length, x);
    const logits =
      this.head instanceof Linear ? this.head.forward(x) : linear(x, this.embedding.weight, this.head.bias);
    return { logits, state: states, hidden };
  }

  /** Composes one time step for a `Stepper`, which generates one character after another. */
  stepped(build: StepBuilder): (id: number) => StepVector {
    const { hiddenSize, block } = this.config;
    if (block) return this.#steppedBlocks(build);
    const norms = this.norms.map((norm) => build.layerNorm(norm));
    const [lowest, ...upper] = this.layers;
    const first = build.recurrentOfEmbedding(lowest as Recurrent, this.embedding.weight);
    const layers = upper.map((layer) => ({ layer: build.recurrent(layer), add: build.add(hiddenSize) }));
    const head = this.#steppedHead(build);
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

  #steppedBlocks(build: StepBuilder): (id: number) => StepVector {
    const { hiddenSize } = this.config;
    const embed = build.embedding(this.embedding.weight);
    const norms = this.norms.map((norm) => build.layerNorm(norm));
    // Cell, feed-forward layer, cell, …: each adds what it makes of the normalised stream.
    const layers = this.layers.flatMap((layer, k) => [
      build.recurrent(layer),
      build.feedForward(this.feedForwards[k] as FeedForward),
    ]);
    const residuals = layers.map((layer, k) => {
      const [norm, add] = [norms[k] as StepPiece, build.add(hiddenSize)];
      return (x: StepVector): StepVector => add(x, layer(norm(x)));
    });
    const head = this.#steppedHead(build);
    return (id) => {
      let x = embed(id);
      for (const residual of residuals) x = residual(x);
      return head((norms.at(-1) as StepPiece)(x));
    };
  }

  #steppedHead(build: StepBuilder): StepPiece {
    return build.linear(
      this.head instanceof Linear ? this.head : { weight: this.embedding.weight, bias: this.head.bias },
    );
  }

  #drop(x: Tensor, rate: number, rng: Rng | undefined): Tensor {
    return this.#dropout.variationalDropout ? lockedDropout(x, rate, rng) : dropout(x, rate, rng);
  }
}

const NO_DROPOUT: CharLmDropout = { embeddingDropout: 0, dropout: 0, weightDropout: 0, variationalDropout: false };
