import type { Rng } from '../rng.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { Dropout } from './dropout.ts';
import { Module } from './module.ts';

/** What {@link Sequential} chains: a module from tensor to tensor, or a function such as {@link tanh}. */
export type SequentialLayer =
  | (Module & {
      /** The layer applied to x. */
      forward(x: Tensor): Tensor;
    })
  | ((x: Tensor) => Tensor);

/**
 * Layers one after another, named by their position as in torch.nn.Sequential: `0.weight`, `2.weight`.
 *
 *     new Sequential(new Linear({ inFeatures: 2, outFeatures: 8 }), tanh, new Linear({ inFeatures: 8, outFeatures: 1 }))
 */
export class Sequential extends Module {
  readonly layers: readonly SequentialLayer[];

  constructor(...layers: readonly SequentialLayer[]) {
    super();
    this.layers = layers;
  }

  protected override namedFields(): Iterable<readonly [string, unknown]> {
    return this.layers.map((layer, k) => [String(k), layer] as const);
  }

  /**
   * @param x   what the first layer takes
   * @param rng the random stream of this step, for dropout; leave it out at evaluation
   * @returns what the last layer gives
   */
  forward(x: Tensor, rng?: Rng): Tensor {
    let y = x;
    for (const [k, layer] of this.layers.entries()) {
      if (layer instanceof Dropout || layer instanceof Sequential) y = layer.forward(y, rng?.split(k));
      else y = layer instanceof Module ? layer.forward(y) : layer(y);
    }
    return y;
  }
}
