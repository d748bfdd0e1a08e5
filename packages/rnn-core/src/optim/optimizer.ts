import type { Ptr } from '../backend/backend.ts';
import { ConfigError } from '../errors.ts';
import type { Parameters } from '../nn/parameters.ts';
import { Tensor } from '../tensor/tensor.ts';

const FRACTIONS: readonly string[] = ['beta1', 'beta2'];

/**
 * Changes parameters by their gradients. Its moments are contiguous and of the parameters' layout.
 */
export abstract class Optimizer {
  readonly parameters: Parameters;
  /** Steps taken so far. */
  steps = 0;
  readonly #moments = new Map<string, Ptr>();

  /**
   * @param config its numbers, which must be in [0, 1) where they are of `FRACTIONS`, and at least 0 otherwise
   * @throws ConfigError when one is not
   */
  constructor(parameters: Parameters, config: Readonly<Record<string, number | boolean>> = {}) {
    for (const [name, value] of Object.entries(config)) {
      const isFraction = FRACTIONS.includes(name);
      if (typeof value === 'number' && !(value >= 0 && value < (isFraction ? 1 : Number.POSITIVE_INFINITY)))
        throw new ConfigError(
          `${new.target.name}: ${name} must be ${isFraction ? 'in [0, 1)' : 'a number of at least 0'}, got ${value}`,
        );
    }
    this.parameters = parameters;
  }

  /** A moment of every parameter, zero at first. */
  protected moment(name: string): Ptr {
    const { backend, size } = this.parameters;
    const ptr = backend.heap.allocate(size * backend.heap.realBytes);
    backend.kernels.fill(ptr, 0, size);
    this.#moments.set(name, ptr);
    return ptr;
  }

  /**
   * One step down the gradient.
   *
   * @param learningRate of this step
   * @param gradScale what every gradient is multiplied by first: what {@link GradientClip.apply} returns
   * @throws ConfigError when the learning rate is not a number of at least 0
   */
  step(learningRate: number, gradScale = 1): void {
    if (!(learningRate >= 0 && Number.isFinite(learningRate)))
      throw new ConfigError(`Optimizer.step: learningRate must be a number of at least 0, got ${learningRate}`);
    this.steps++;
    const { realBytes } = this.parameters.backend.heap;
    for (const { offset, size, frozenSteps } of this.parameters.regions())
      this.update(offset * realBytes, size, learningRate, gradScale, this.steps - frozenSteps);
  }

  /**
   * Updates `size` numbers that begin `at` bytes into each region.
   *
   * @param steps how often they have been updated, this time included
   */
  protected abstract update(at: number, size: number, learningRate: number, gradScale: number, steps: number): void;

  /** The moments by name, [parameters.size] each: what must be saved beside {@link steps} to resume. */
  *moments(): Generator<[string, Tensor]> {
    const { backend, size } = this.parameters;
    for (const [name, ptr] of this.#moments)
      yield [name, new Tensor({ backend, name, size, ptr, needsGrad: false, gradient: 0, flowed: false }, [size])];
  }

  /** Gives the moments' memory back. */
  free(): void {
    for (const ptr of this.#moments.values()) this.parameters.backend.heap.free(ptr);
    this.#moments.clear();
  }
}
