import {
  type CellName,
  createRecurrent,
  type Initializer,
  Linear,
  Module,
  orthogonal,
  type Recurrent,
  Rnn,
  type Tensor,
  uniform,
} from '@unroll/rnn-core';

/** What decides a memory model's weights. */
export interface MemoryShape {
  readonly cell: CellName | 'relu';
  /** I */
  readonly inputSize: number;
  /** H */
  readonly hiddenSize: number;
  /** V */
  readonly outputSize: number;
}

/** How the weights of a memory model are initialised. */
export interface MemoryInit {
  readonly recurrentInit: 'uniform' | 'orthogonal';
  /** Factor of an orthogonal recurrent matrix. */
  readonly gain: number;
  /** Longest memory in steps that the gate biases of a GRU or LSTM are initialised for; 0 = as in torch. */
  readonly chronoInit: number;
}

/** One recurrent layer and a linear one over each of its states. */
export class MemoryModel extends Module {
  readonly rnn: Recurrent;
  readonly head: Linear;

  constructor(
    { cell, inputSize, hiddenSize, outputSize }: MemoryShape,
    { recurrentInit, gain, chronoInit }: MemoryInit,
  ) {
    super();
    const config = {
      inputSize,
      hiddenSize,
      ...(recurrentInit === 'orthogonal' && { recurrentInitializer: orthogonal(gain) }),
      ...(chronoInit > 1 &&
        (cell === 'gru' || cell === 'lstm') && { biasInitializer: chrono(cell, chronoInit, hiddenSize) }),
    };
    this.rnn = cell === 'relu' ? new Rnn({ ...config, nonlinearity: 'relu' }) : createRecurrent(cell, config);
    this.head = new Linear({ inFeatures: hiddenSize, outFeatures: outputSize });
  }

  /**
   * @param x [T, B, I]
   * @returns [T, B, V]
   */
  forward(x: Tensor): Tensor {
    return this.head.forward(this.rnn.forward(x).y);
  }
}

/**
 * Gate biases with which each unit forgets at a rate of its own, 1/2 to 1/T a step: b_f = ln u, u uniform in [1, T-1], and
 * b_i = -b_f. Source: Tallec & Ollivier 2018, “chrono initialisation”; a GRU's update gate is its forget gate.
 */
function chrono(cell: 'gru' | 'lstm', T: number, H: number): Initializer {
  return (values, shape, rng) => {
    uniform(1 / Math.sqrt(H))(values, shape, rng.split('torch'));
    for (let j = 0; j < H; j++) {
      const bias = Math.log(1 + rng.uniform() * Math.max(T - 2, 0));
      values[H + j] = bias; // the second block: forget of i f g o, update of r z n
      if (cell === 'lstm') values[j] = -bias;
    }
  };
}
