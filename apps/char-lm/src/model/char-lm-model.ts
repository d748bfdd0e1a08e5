import {
  add,
  type Ids,
  Module,
  type State,
  type StepBuilder,
  type StepVector,
  scale,
  type Tensor,
} from '@unroll/rnn-core';
import {
  type CharLmDropout,
  type CharLmInput,
  CharLmNetwork,
  type NetworkConfig,
  NO_DROPOUT,
} from './char-lm-network.ts';

/** What determines the names and shapes of the parameters; the content of `config.json`. */
export interface CharLmConfig extends NetworkConfig {
  /** K, the networks whose logits are averaged; see {@link networkConfigs}. Default: 1. */
  readonly ensembleSize?: number;
}

/** An ensemble of character language models, or one: the logits are the mean of the networks'. */
export class CharLmModel extends Module {
  readonly config: CharLmConfig;
  readonly networks: readonly [CharLmNetwork, ...CharLmNetwork[]]; // K of them

  /** @throws ConfigError when a network's sizes do not fit together; see {@link CharLmNetwork} */
  constructor(config: CharLmConfig, dropout: CharLmDropout = NO_DROPOUT) {
    super();
    this.config = config;
    const [first, ...others] = networkConfigs(config).map(
      (network) =>
        new CharLmNetwork(network, network.cell === config.cell ? dropout : { ...dropout, weightDropout: 0 }),
    );
    this.networks = [first as CharLmNetwork, ...others];
  }

  /** The parameters of a single network have its own names, without `networks.0`. */
  protected override namedFields(): Iterable<readonly [string, unknown]> {
    const [first, ...others] = this.networks;
    return Object.entries(others.length === 0 ? first : { networks: this.networks });
  }

  /** Returns the states of the networks, one after the other: one per layer each. */
  zeroState(B: number): State {
    return this.networks.flatMap((network) => network.zeroState(B));
  }

  /** The part of a state that is network k's. */
  stateOf(state: State, k: number): State {
    const from = this.networks.slice(0, k).reduce((sum, { layers }) => sum + layers.length, 0);
    return state.slice(from, from + (this.networks[k] as CharLmNetwork).layers.length);
  }

  /**
   * @param ids [T, B]
   * @returns logits: [T, B, V] of the character after each; state: after the last
   */
  forward(ids: Ids, input: CharLmInput): { logits: Tensor; state: State } {
    return this.#mean(input, (network, own) => network.forward(ids, own));
  }

  /**
   * What {@link forward} gives for embeddings, whose gradient may then be asked for.
   *
   * @param embedded [T, B, E] of each network
   * @returns hidden: [T, B, H], the hidden states of each layer of the first network
   */
  forwardEmbedded(
    embedded: readonly Tensor[],
    input: CharLmInput,
  ): { logits: Tensor; state: State; hidden: readonly Tensor[] } {
    let hidden: readonly Tensor[] = [];
    const output = this.#mean(input, (network, own, k) => {
      const output = network.forwardEmbedded(embedded[k] as Tensor, own);
      if (k === 0) hidden = output.hidden;
      return output;
    });
    return { ...output, hidden };
  }

  #mean(
    { state, rng }: CharLmInput,
    forward: (network: CharLmNetwork, own: CharLmInput, k: number) => { logits: Tensor; state: State },
  ): { logits: Tensor; state: State } {
    const outputs = this.networks.map((network, k) =>
      forward(network, { state: this.stateOf(state, k), rng: k === 0 ? rng : rng?.split(`network ${k}`) }, k),
    );
    const sum = outputs.map(({ logits }) => logits).reduce((a, b) => add(a, b));
    return {
      logits: outputs.length === 1 ? sum : scale(sum, 1 / outputs.length),
      state: outputs.flatMap(({ state }) => state),
    };
  }

  /** Composes one time step for a `Stepper`, which generates one character after another. */
  stepped(build: StepBuilder): (id: number) => StepVector {
    const steps = this.networks.map((network) => network.stepped(build));
    if (steps.length === 1) return steps[0] as (id: number) => StepVector;
    const mean = build.mean(this.config.vocabSize);
    return (id) => mean(steps.map((step) => step(id)));
  }
}

const BLOCKS = { cell: 'mingru', block: true, numLayers: 3, layerNorm: false } as const;

/**
 * The networks of an ensemble. Every other one is a minGRU in three blocks of half the units, which errs at other characters: with a
 * GRU it gains more than a second GRU does. Where the first has blocks, all are like it.
 */
export function networkConfigs({ ensembleSize = 1, ...first }: CharLmConfig): NetworkConfig[] {
  const hiddenSize = Math.ceil(first.hiddenSize / 2);
  const blocks = { ...first, ...BLOCKS, hiddenSize, embeddingSize: hiddenSize };
  return Array.from({ length: ensembleSize }, (_, k) => (first.block || k % 2 === 0 ? first : blocks));
}

/** What the names of each network's parameters begin with: nothing where there is only one. */
export const networkPrefixes = ({ ensembleSize = 1 }: Pick<CharLmConfig, 'ensembleSize'>): string[] =>
  ensembleSize === 1 ? [''] : Array.from({ length: ensembleSize }, (_, k) => `networks.${k}.`);
