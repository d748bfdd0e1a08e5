import type { Kernels } from '../backend/backend.ts';
import { ConfigError } from '../errors.ts';
import { minGruSequence, minLstmSequence } from '../ops/linear-recurrence.ts';
import { gruSequence, lstmSequence, rnnSequence, slstmSequence } from '../ops/recurrent.ts';
import type { CellSequence, Sequence, SequenceOptions } from '../ops/sequence.ts';
import { sruSequence } from '../ops/sru.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { constant, forgetGateBias, orthogonal } from './initializers.ts';
import {
  type HiddenWeights,
  type LayerState,
  Recurrent,
  type RecurrentConfig,
  type StepBuffers,
} from './recurrent.ts';

/** Vanilla RNN. Source: Elman 1990; torch.nn.RNN. Equations: {@link rnnSequence}. */
export class Rnn extends Recurrent {
  readonly nonlinearity: 'tanh' | 'relu';

  constructor(config: RecurrentConfig & { readonly nonlinearity?: 'tanh' | 'relu' }) {
    super(config, 1);
    this.nonlinearity = config.nonlinearity ?? 'tanh';
  }

  protected override run(
    xg: Tensor,
    { weightHh, biasHh }: HiddenWeights,
    { h }: LayerState,
    options: SequenceOptions,
  ): Sequence {
    return rnnSequence(xg, weightHh, biasHh, h, this.nonlinearity, options);
  }

  override step(k: Kernels, { h, xg, a }: StepBuffers): void {
    k.rnnStep(h, xg, a, this.config.hiddenSize, this.nonlinearity === 'relu' ? 1 : 0);
  }
}

/** GRU, gate blocks r z n. Source: Cho et al. 2014; torch.nn.GRU. Equations: {@link gruSequence}. */
export class Gru extends Recurrent {
  constructor(config: RecurrentConfig) {
    super(config, 3);
  }

  protected override run(
    xg: Tensor,
    { weightHh, biasHh }: HiddenWeights,
    { h }: LayerState,
    options: SequenceOptions,
  ): Sequence {
    return gruSequence(xg, weightHh, biasHh, h, options);
  }

  override step(k: Kernels, { h, xg, a }: StepBuffers): void {
    k.gruStep(h, xg, a, this.config.hiddenSize);
  }
}

/** LSTM, gate blocks i f g o. Source: Hochreiter & Schmidhuber 1997; torch.nn.LSTM. Equations: {@link lstmSequence}. */
export class Lstm extends Recurrent {
  constructor(config: RecurrentConfig) {
    super(config, 4, { cellBlocks: 1 });
  }

  protected override run(
    xg: Tensor,
    { weightHh, biasHh }: HiddenWeights,
    { h, c }: LayerState,
    options: SequenceOptions,
  ): Sequence {
    if (!c) throw new ConfigError('Lstm.forward: state must have a cell c beside h, got h alone');
    return lstmSequence(xg, weightHh, biasHh, h, c, options);
  }

  override step(k: Kernels, { h, c, xg, a }: StepBuffers): void {
    k.lstmStep(h, c, xg, a, this.config.hiddenSize);
  }
}

/**
 * sLSTM, gate blocks i f z o: an LSTM with an exponential input gate and a normaliser, of one head.
 * Source: Beck et al. 2024, “xLSTM”. Equations: {@link slstmSequence}.
 */
export class Slstm extends Recurrent {
  constructor(config: RecurrentConfig) {
    super(config, 4, { cellBlocks: 2 });
  }

  protected override run(
    xg: Tensor,
    { weightHh, biasHh }: HiddenWeights,
    { h, c }: LayerState,
    options: SequenceOptions,
  ): CellSequence {
    if (!c) throw new ConfigError('Slstm.forward: state must have a cell c beside h, got h alone');
    return slstmSequence(xg, weightHh, biasHh, h, c, options);
  }

  override step(k: Kernels, { h, c, xg, a }: StepBuffers): void {
    k.slstmStep(h, c, xg, a, this.config.hiddenSize);
  }
}

/**
 * minGRU, blocks z h̃: its gate sees the input alone, so that a whole sequence costs a product and one pass.
 * Source: Feng et al. 2024. Equations: {@link minGruSequence}.
 */
export class MinGru extends Recurrent {
  constructor(config: RecurrentConfig) {
    super(config, 2, { recurrentWeights: 'none' });
  }

  protected override run(xg: Tensor, _: HiddenWeights, { h }: LayerState, options: SequenceOptions): Sequence {
    return minGruSequence(xg, h, options);
  }

  override step(k: Kernels, { h, xg }: StepBuffers): void {
    k.minGruStep(h, xg, this.config.hiddenSize);
  }
}

/** minLSTM, blocks f i h̃. Source: Feng et al. 2024. Equations: {@link minLstmSequence}. */
export class MinLstm extends Recurrent {
  constructor(config: RecurrentConfig) {
    super(config, 3, { recurrentWeights: 'none' });
  }

  protected override run(xg: Tensor, _: HiddenWeights, { h }: LayerState, options: SequenceOptions): Sequence {
    return minLstmSequence(xg, h, options);
  }

  override step(k: Kernels, { h, xg }: StepBuffers): void {
    k.minLstmStep(h, xg, this.config.hiddenSize);
  }
}

/**
 * SRU, blocks x̃ f r x: its gates see the input and their own unit's state. Where the input is not of size H, the highway has
 * a projection of it, a fourth block of `weight_ih`; `weight_hh` are the vectors w_f w_r, `bias_hh` the biases of f and r.
 * Source: Lei et al. 2018. Equations: {@link sruSequence}.
 */
export class Sru extends Recurrent {
  constructor(config: RecurrentConfig) {
    super(config, 4, { recurrentWeights: 'vector', highway: true, cellBlocks: 1 });
  }

  protected override run(
    xg: Tensor,
    { weightHh, biasHh }: HiddenWeights,
    { h, c }: LayerState,
    options: SequenceOptions,
  ): CellSequence {
    if (!c) throw new ConfigError('Sru.forward: state must have a cell c beside h, got h alone');
    return sruSequence(xg, weightHh, biasHh, h, c, options);
  }

  override step(k: Kernels, { h, c, xg, w, bias }: StepBuffers): void {
    k.sruStep(h, c, xg, w, bias, this.config.hiddenSize);
  }
}

/** The recurrent cells by the names that flags and configuration files have for them. */
export const CELL_NAMES = ['rnn', 'gru', 'lstm', 'slstm', 'mingru', 'minlstm', 'sru'] as const;
/** The name of a cell, as `--cell` takes it. */
export type CellName = (typeof CELL_NAMES)[number];

/** Whether a cell's gates depend on the previous state through a matrix W_hh. */
export const hasRecurrentWeights = (cell: CellName): boolean =>
  cell === 'rnn' || cell === 'gru' || cell === 'lstm' || cell === 'slstm';

/** Whether a cell's state has a cell c beside its hidden state h. */
export const hasCellState = (cell: CellName): boolean => cell === 'lstm' || cell === 'slstm' || cell === 'sru';

/** The recurrent module of a cell. */
export function createRecurrent(cell: CellName, config: RecurrentConfig): Recurrent {
  switch (cell) {
    case 'rnn':
      return new Rnn(config);
    case 'gru':
      return new Gru(config);
    case 'lstm':
      return new Lstm(config);
    case 'slstm':
      return new Slstm(config);
    case 'mingru':
      return new MinGru(config);
    case 'minlstm':
      return new MinLstm(config);
    case 'sru':
      return new Sru(config);
  }
}

/**
 * What a new cell begins with: orthogonal recurrent weights, and biases of zero but for forget gates, which begin open
 * ({@link forgetGateBias}).
 */
export function initializersOf(cell: CellName): Pick<RecurrentConfig, 'recurrentInitializer' | 'biasInitializer'> {
  switch (cell) {
    case 'rnn':
    case 'gru':
      return { recurrentInitializer: orthogonal(), biasInitializer: constant(0) };
    case 'lstm':
    case 'slstm':
      return { recurrentInitializer: orthogonal(), biasInitializer: forgetGateBias() };
    case 'mingru':
    case 'sru':
      return { biasInitializer: constant(0) };
    case 'minlstm':
      return { biasInitializer: forgetGateBias(1, { blocks: 3, forget: 0 }) };
  }
}
