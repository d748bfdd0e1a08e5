import {
  add,
  axes,
  CausalConv1d,
  type CellName,
  ConfigError,
  constant,
  createRecurrent,
  dropout,
  Embedding,
  embedding,
  type Ids,
  initializersOf,
  LayerNorm,
  type LayerState,
  Linear,
  linear,
  lockedDropout,
  Module,
  mul,
  normal,
  Param,
  type Recurrent,
  type Rng,
  type State,
  type StepBuilder,
  type StepPiece,
  type StepVector,
  silu,
  type Tensor,
} from '@unroll/rnn-core';

/** What determines the names and shapes of the parameters of one network. */
export interface NetworkConfig {
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
  /** Whether each layer is a pre-norm residual block of convolution and gated cell; then E = H. Default: false. */
  readonly block?: boolean;
}

/** K: the characters that the convolution of a block sees, as in Griffin and Mamba. */
export const KERNEL_SIZE = 4;

/** Dropout probabilities in [0, 1), applied in training only. */
export interface CharLmDropout {
  /** Of the embeddings. */
  readonly embeddingDropout: number;
  /** Of the output of each layer; with blocks, of what each adds. */
  readonly dropout: number;
  /** Of the recurrent weights. Source: Merity et al. 2018 (AWD-LSTM). */
  readonly weightDropout: number;
  /** Whether one mask serves all time steps of a batch. Source: Gal & Ghahramani 2016. */
  readonly variationalDropout: boolean;
}

/** What {@link CharLmNetwork.forward} takes beside the ids. */
export interface CharLmInput {
  readonly state: State;
  /** The random stream of this step, for dropout; undefined at evaluation. */
  readonly rng?: Rng | undefined;
}

/**
 * The network of a character language model (many-to-many, aligned).
 *
 *     e[t] = E[x[t]]     h¹ = cell¹(e)     hˡ = cellˡ(hˡ⁻¹) + hˡ⁻¹     logits[t] = W·h[t] + b
 *
 * or, with pre-norm residual blocks, as a cell without a recurrent matrix needs: a convolution shows its gates the last
 * characters, and its output is gated (Gu & Dao 2023, “Mamba”; De et al. 2024, “Griffin”).
 *
 *     h⁰ = e     n = norm(hˡ⁻¹)     hˡ = hˡ⁻¹ + Pˡ(silu(Gˡ(n)) ∘ cellˡ(convˡ(n)))     logits[t] = W·norm(h[t]) + b
 *
 * Recurrent weights are initialised orthogonal, the forget gates of an LSTM open (bias 1; Jozefowicz et al. 2015), and an
 * untied output layer zero, so that the first loss is ln V.
 */
export class CharLmNetwork extends Module {
  readonly config: NetworkConfig;
  readonly embedding: Embedding;
  readonly layers: readonly Recurrent[];
  /** After each layer; with blocks, before each and before the output layer. */
  readonly norms: readonly LayerNorm[];
  /** Before the cell of each block. */
  readonly convolutions: readonly CausalConv1d[];
  /** G and P of each block. */
  readonly gates: readonly Linear[];
  readonly projections: readonly Linear[];
  /** The output layer; a tied one has only a bias [V] of its own. */
  readonly head: Linear | { readonly bias: Param };
  readonly #dropout: CharLmDropout;

  /** @throws ConfigError when the weights are tied or there are blocks and E is not H, or both blocks and `layerNorm` */
  constructor(config: NetworkConfig, dropout: CharLmDropout = NO_DROPOUT) {
    super();
    const { cell, vocabSize: V, hiddenSize: H, numLayers: L, embeddingSize: E, tieWeights, layerNorm } = config;
    const { block = false } = config;
    if ((tieWeights || block) && E !== H)
      throw new ConfigError(
        `CharLmNetwork: embeddingSize must equal hiddenSize ${H} with ${block ? 'block' : 'tieWeights'}, got ${E}`,
      );
    if (block && layerNorm)
      throw new ConfigError(
        'CharLmNetwork: layerNorm must be false with block, whose layers are normalised, got true',
      );
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
    const norms = block ? L + 1 : layerNorm ? L : 0;
    this.norms = Array.from({ length: norms }, () => new LayerNorm({ normalizedShape: H }));
    const convolution = { channels: H, kernelSize: KERNEL_SIZE };
    this.convolutions = block ? this.layers.map(() => new CausalConv1d(convolution)) : [];
    const square = { inFeatures: H, outFeatures: H, hidden: true };
    this.gates = block ? this.layers.map(() => new Linear(square)) : [];
    this.projections = block ? this.layers.map(() => new Linear(square)) : [];
    this.head = tieWeights
      ? { bias: new Param([V], constant(0)) }
      : new Linear({ inFeatures: H, outFeatures: V, initializer: constant(0) });
  }

  /** Returns one state per layer; see {@link Recurrent.zeroState}. */
  zeroState(B: number): State {
    return this.layers.flatMap((layer, k) => {
      const x = this.convolutions[k]?.zeroState(B);
      return layer.zeroState(B).map((state) => ({ ...state, ...(x && { x }) }));
    });
  }

  /**
   * @param ids [T, B]
   * @returns logits: [T, B, V] of the character after each; state: after the last
   */
  forward(ids: Ids, input: CharLmInput): { logits: Tensor; state: State } {
    axes('CharLmNetwork.forward: ids', ids, 'T B');
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
    const cell = (k: number, x: Tensor): Tensor => {
      const convolved = this.convolutions[k]?.forward(x, state[k]?.x);
      const output = (this.layers[k] as Recurrent).forward(convolved?.y ?? x, {
        state: state.slice(k, k + 1),
        rng: rng?.split(`layer ${k}`),
      });
      states.push(...output.state.map((last) => ({ ...last, ...(convolved && { x: convolved.state }) })));
      hidden.push(output.y);
      return output.y;
    };
    let x = this.#drop(embedded, embeddingDropout, rng?.split('input'));
    const norm = (k: number, x: Tensor): Tensor => this.norms[k]?.forward(x) ?? x;
    /** n and silu(G(n)) of block k; of the lowest, whose x is looked up, computed once per row of the table. */
    const normedAndGate = (k: number, gate: Linear): [Tensor, Tensor] => {
      const isLookup = k === 0 && ids && ids.values.length > this.config.vocabSize && !(rng && embeddingDropout > 0);
      const normed = norm(k, isLookup ? this.embedding.weight : x);
      const opened = silu(gate.forward(normed));
      return isLookup ? [embedding(normed, ids), embedding(opened, ids)] : [normed, opened];
    };
    for (const k of this.layers.keys()) {
      const [gate, projection] = [this.gates[k], this.projections[k]];
      const drop = (y: Tensor): Tensor => this.#drop(y, dropout, rng?.split(`output ${k}`));
      if (gate && projection) {
        const [normed, opened] = normedAndGate(k, gate);
        x = add(x, drop(projection.forward(mul(cell(k, normed), opened))));
      } else {
        const y = cell(k, x);
        x = drop(norm(k, k === 0 ? y : add(y, x)));
      }
    }
    if (this.config.block) x = norm(this.layers.length, x);
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
    const blocks = this.layers.map((layer, k) => {
      const norm = norms[k] as StepPiece;
      const convolve = build.causalConv1d(this.convolutions[k] as CausalConv1d);
      const recur = build.recurrent(layer);
      const [gate, project] = [build.linear(this.gates[k] as Linear), build.linear(this.projections[k] as Linear)];
      const [gated, add] = [build.gated(hiddenSize), build.add(hiddenSize)];
      return (x: StepVector): StepVector => {
        const normed = norm(x);
        return add(x, project(gated(recur(convolve(normed)), gate(normed))));
      };
    });
    const head = this.#steppedHead(build);
    return (id) => {
      let x = embed(id);
      for (const block of blocks) x = block(x);
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

/** Of evaluation. */
export const NO_DROPOUT: CharLmDropout = {
  embeddingDropout: 0,
  dropout: 0,
  weightDropout: 0,
  variationalDropout: false,
};
