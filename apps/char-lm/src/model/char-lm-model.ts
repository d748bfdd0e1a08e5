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
import { type CharLmDropout, CharLmNetwork, type NetworkConfig, NO_DROPOUT } from './char-lm-network.ts';

/** What determines the names and shapes of the parameters; the content of `config.json`. */
export interface CharLmConfig extends NetworkConfig {
  /** K, the networks whose logits are averaged; see {@link networkConfigs}. Default: 1. */
  readonly ensembleSize?: number;
}

/** An ensemble of character language models, or one: the logits are the mean of the networks'. */
export class CharLmModel extends Module {
  readonly config: CharLmConfig;
  readonly members: readonly [CharLmNetwork, ...CharLmNetwork[]]; // K of them

  /** @throws ConfigError when a network's sizes do not fit together; see {@link CharLmNetwork} */
  constructor(config: CharLmConfig, dropout: CharLmDropout = NO_DROPOUT) {
    super();
    this.config = config;
    const [first, ...others] = networkConfigs(config).map(
      (network) =>
        new CharLmNetwork(network, network.cell === config.cell ? dropout : { ...dropout, weightDropout: 0 }),
    );
    this.members = [first as CharLmNetwork, ...others];
  }

  /** The parameters of a single network have its own names, without `members.0`. */
  protected override namedFields(): Iterable<readonly [string, unknown]> {
    const [first, ...others] = this.members;
    return Object.entries(others.length === 0 ? first : { members: this.members });
  }

  /** Returns the states of the networks, one after the other: one per layer each. */
  zeroState(B: number): State {
    return this.members.flatMap((network) => network.zeroState(B));
  }

  /** The part of a state that is network k's. */
  stateOf(state: State, k: number): State {
    const from = this.members.slice(0, k).reduce((sum, { layers }) => sum + layers.length, 0);
    return state.slice(from, from + (this.members[k] as CharLmNetwork).layers.length);
  }

  /**
   * What the model predicts; in training each network has a loss of its own.
   *
   * @param ids [T, B]
   * @returns logits: [T, B, V] of the character after each; state: after the last
   */
  forward(ids: Ids, { state }: { readonly state: State }): { logits: Tensor; state: State } {
    return mean(this.members.map((network, k) => network.forward(ids, { state: this.stateOf(state, k) })));
  }

  /**
   * What {@link forward} gives for embeddings, whose gradient may then be asked for.
   *
   * @param embedded [T, B, E] of each network
   * @returns hidden: [T, B, H], the hidden states of each layer of the first network
   */
  forwardEmbedded(
    embedded: readonly Tensor[],
    { state }: { readonly state: State },
  ): { logits: Tensor; state: State; hidden: readonly Tensor[] } {
    const outputs = this.members.map((network, k) =>
      network.forwardEmbedded(embedded[k] as Tensor, { state: this.stateOf(state, k) }),
    );
    return { ...mean(outputs), hidden: outputs[0]?.hidden ?? [] };
  }

  /** Composes one time step for a `Stepper`, which generates one character after another. */
  stepped(build: StepBuilder): (id: number) => StepVector {
    const steps = this.members.map((network) => network.stepped(build));
    if (steps.length === 1) return steps[0] as (id: number) => StepVector;
    const mean = build.mean(this.config.vocabSize);
    return (id) => mean(steps.map((step) => step(id)));
  }
}

/** The mean of the networks' logits, and their states one after the other. */
function mean(outputs: readonly { readonly logits: Tensor; readonly state: State }[]): {
  logits: Tensor;
  state: State;
} {
  const sum = outputs.map(({ logits }) => logits).reduce((a, b) => add(a, b));
  return {
    logits: outputs.length === 1 ? sum : scale(sum, 1 / outputs.length),
    state: outputs.flatMap(({ state }) => state),
  };
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
  ensembleSize === 1 ? [''] : Array.from({ length: ensembleSize }, (_, k) => `members.${k}.`);
