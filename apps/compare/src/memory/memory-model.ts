import {
  Gru,
  type Initializer,
  Linear,
  Lstm,
  Module,
  orthogonal,
  type Recurrent,
  Rnn,
  type Tensor,
  uniform,
} from '@unroll/rnn-core';

/** What decides a memory model's weights. */
export interface MemoryShape {
  readonly cell: 'rnn' | 'relu' | 'gru' | 'lstm';
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
    this.rnn = this.module('rnn', recurrentOf(cell, config));
    this.head = this.module('head', new Linear({ inputSize: hidden, outputSize: outputs }));
  }

  /**
   * @param x [T, B, I]
   * @returns [T, B, V]
   */
  forward(x: Tensor): Tensor {
    return this.head.forward(this.rnn.forward(x).y);
  }
}

function recurrentOf(cell: MemoryShape['cell'], config: ConstructorParameters<typeof Gru>[0]): Recurrent {
  switch (cell) {
    case 'rnn':
      return new Rnn(config);
    case 'relu':
      return new Rnn({ ...config, nonlinearity: 'relu' });
    case 'gru':
      return new Gru(config);
    case 'lstm':
      return new Lstm(config);
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
