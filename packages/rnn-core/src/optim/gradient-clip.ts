import { ConfigError } from '../errors.ts';
import type { Parameters } from '../nn/parameters.ts';

/** Of {@link GradientClip}. */
export interface GradientClipConfig {
  /** The largest allowed norm of the gradient of all parameters together. */
  readonly norm?: number | undefined;
  /** The largest allowed magnitude of an element; applied before the norm. */
  readonly value?: number | undefined;
}

/** The gradient's norm before clipping, and the factor to multiply it by. */
export interface Clipped {
  readonly norm: number;
  readonly scale: number;
}

/**
 * Gradient clipping, by norm or by value. Source: Pascanu, Mikolov, Bengio 2013; torch.nn.utils.clip_grad_norm_
 * and clip_grad_value_.
 */
export class GradientClip {
  readonly config: GradientClipConfig;
  steps = 0;
  clippedSteps = 0;

  /** @throws ConfigError when a limit is not above 0 */
  constructor(config: GradientClipConfig) {
    for (const [name, limit] of Object.entries(config))
      if (limit !== undefined && !(limit > 0))
        throw new ConfigError(`GradientClip: ${name} must be above 0, got ${limit}`);
    this.config = config;
  }

  /** The fraction of steps so far whose gradient was scaled down. */
  get clippedFraction(): number {
    return this.steps === 0 ? 0 : this.clippedSteps / this.steps;
  }

  /** Clips by value in place, measures the norm, and leaves the scaling to the optimiser, which passes over it anyway. */
  apply(parameters: Parameters): Clipped {
    const { backend, gradients } = parameters;
    const { realBytes } = backend.heap;
    const { norm: limit, value } = this.config;
    let squares = 0;
    for (const { offset, size } of parameters.regions()) {
      const at = gradients + offset * realBytes;
      if (value !== undefined) backend.kernels.clamp(at, at, -value, value, size);
      squares += backend.kernels.sumOfSquares(at, size);
    }
    const norm = Math.sqrt(squares);
    const scale = limit === undefined ? 1 : Math.min(1, limit / (norm + 1e-6));
    this.steps++;
    if (scale < 1) this.clippedSteps++;
    return { norm, scale };
  }
}
