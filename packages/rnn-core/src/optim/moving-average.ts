import { BINARY, type Ptr } from '../backend/backend.ts';
import { ConfigError } from '../errors.ts';
import type { Parameters } from '../nn/parameters.ts';
import { Tensor } from '../tensor/tensor.ts';

const CHUNK = 32_768; // elements, which stay in the cache between the two kernels

/**
 * Exponential moving average of the weights (Polyak averaging), whose decay rises to its final value, so that the first
 * weights are forgotten fast:
 *
 *     average += (1 - d)·(weights - average)      d = min(decay, (1 + n)/(10 + n)) after n updates
 *
 * The first update copies the weights. Frozen parameters are as they were then.
 *
 * Source: torch.optim.swa_utils.AveragedModel with that d in its `avg_fn`; the rising decay is that of TensorFlow's
 * ExponentialMovingAverage with `num_updates`.
 */
export class MovingAverage {
  readonly parameters: Parameters;
  readonly decay: number;
  readonly #values: Ptr;
  readonly #difference: Ptr;
  #isEmpty = true;

  /** @throws ConfigError when the decay is not in [0, 1) */
  constructor(parameters: Parameters, decay: number) {
    if (!(decay >= 0 && decay < 1))
      throw new ConfigError(`MovingAverage: decay must be at least 0 and below 1, got ${decay}`);
    this.parameters = parameters;
    this.decay = decay;
    const { heap } = parameters.backend;
    this.#values = heap.allocate(parameters.size * heap.realBytes);
    this.#difference = heap.allocate(CHUNK * heap.realBytes);
  }

  /** The average of all parameters, [parameters.size]. */
  get tensor(): Tensor {
    const { backend, size } = this.parameters;
    const name = 'moving average';
    return new Tensor({ backend, name, size, ptr: this.#values, needsGrad: false, gradient: 0, flowed: false }, [
      size,
    ]);
  }

  /** Moves the average towards the weights. @param updates how many there were before */
  update(updates: number): void {
    if (updates === 0) return this.#copyWeights();
    const { values, backend } = this.parameters;
    const { heap, kernels } = backend;
    const rate = 1 - Math.min(this.decay, (1 + updates) / (10 + updates));
    for (const [, param] of this.parameters)
      for (let from = 0; param.requiresGrad && from < param.size; from += CHUNK) {
        const count = Math.min(CHUNK, param.size - from);
        const at = param.ptr - values + from * heap.realBytes;
        kernels.binary(this.#difference, values + at, this.#values + at, BINARY.sub, count, count, 0);
        kernels.scale(this.#values + at, this.#difference, rate, count, 1);
      }
  }

  /** Exchanges the weights and the average, which before the first update are the same. */
  swap(): void {
    if (this.#isEmpty) this.#copyWeights();
    const average = this.tensor.view();
    const weights = this.#weights;
    const copy = weights.slice();
    weights.set(average);
    average.set(copy);
  }

  /** Gives its memory back. */
  free(): void {
    const { heap } = this.parameters.backend;
    heap.free(this.#values);
    heap.free(this.#difference);
  }

  get #weights() {
    const { backend, values, size } = this.parameters;
    return backend.heap.real(values, size);
  }

  #copyWeights(): void {
    this.#isEmpty = false;
    this.tensor.view().set(this.#weights);
  }
}
