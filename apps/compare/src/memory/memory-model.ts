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
  readonly inputs: number;
  /** H */
  readonly hidden: number;
  /** V */
  readonly outputs: number;
}

/** How a memory model begins. */
export interface MemoryStart {
  readonly recurrentInit: 'uniform' | 'orthogonal';
  /** What an orthogonal recurrent matrix is multiplied by. */
  readonly gain: number;
  /** Steps over which the gates of a GRU or LSTM remember at first; 0 leaves their biases as torch has them. */
  readonly memory: number;
}

/** One recurrent layer and a linear one over each of its states. */
export class MemoryModel extends Module {
  readonly rnn: Recurrent;
  readonly head: Linear;

  constructor({ cell, inputs, hidden, outputs }: MemoryShape, { recurrentInit, gain, memory }: MemoryStart) {
    super();
    const config = {
      inputSize: inputs,
      hiddenSize: hidden,
      ...(recurrentInit === 'orthogonal' && { recurrentInitializer: orthogonal(gain) }),
      ...(memory > 1 &&
        (cell === 'gru' || cell === 'lstm') && { biasInitializer: remembering(cell, memory, hidden) }),
    };
    this.rnn = cell === 'relu' ? new Rnn({ ...config, nonlinearity: 'relu' }) : createRecurrent(cell, config);
    this.head = new Linear({ inFeatures: hidden, outFeatures: outputs });
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
function remembering(cell: 'gru' | 'lstm', T: number, H: number): Initializer {
  return (values, shape, rng) => {
    uniform(1 / Math.sqrt(H))(values, shape, rng.split('torch'));
    for (let j = 0; j < H; j++) {
      const bias = Math.log(1 + rng.uniform() * Math.max(T - 2, 0));
      values[H + j] = bias; // the second block: forget of i f g o, update of r z n
      if (cell === 'lstm') values[j] = -bias;
    }
  };
}
