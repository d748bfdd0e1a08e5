import { type Initializer, Param, type Update } from './parameters.ts';

/**
 * A part of a model: it owns parameters and other modules under the names they have in a file, which are torch's.
 * A module holds no memory until {@link Parameters.create} gives it some.
 */
export abstract class Module {
  readonly #params = new Map<string, Param>();
  readonly #modules = new Map<string, Module>();

  /** Declares a parameter under its name in a file. */
  protected param(
    name: string,
    shape: readonly number[],
    initializer: Initializer,
    options: { update?: Update } = {},
  ): Param {
    const param = new Param(shape, initializer, options);
    this.#params.set(name, param);
    return param;
  }

  /** Declares a part under its name in a file. */
  protected module<M extends Module>(name: string, module: M): M {
    this.#modules.set(name, module);
    return module;
  }

  /** Every parameter once, under its full name: `encoder.weight_ih_l0`. */
  *namedParameters(prefix = ''): Generator<[string, Param]> {
    for (const [name, param] of this.#params) yield [prefix + name, param];
    for (const [name, module] of this.#modules) yield* module.namedParameters(`${prefix}${name}.`);
  }

  /** How many numbers are learnt. */
  get parameterCount(): number {
    let count = 0;
    for (const [, param] of this.namedParameters()) count += param.size;
    return count;
  }
}
