import type { Backend, Ptr } from '../backend/backend.ts';
import { BackendError, ConfigError } from '../errors.ts';
import type { Rng } from '../rng.ts';
import { type NonFinite, nonFiniteIn } from '../tensor/non-finite.ts';
import type { GradientStore } from '../tensor/tape.ts';
import { type Storage, sizeOf, Tensor } from '../tensor/tensor.ts';

/** Fills a parameter with its first values. */
export type Initializer = (values: Float32Array | Float64Array, shape: readonly number[], rng: Rng) => void;

/** A part of the parameters that has a gradient in this step: `size` elements from `offset`. */
export interface Region {
  readonly offset: number;
  readonly size: number;
  /** {@link Param.frozenSteps} of what it is a part of. */
  readonly frozenSteps: number;
}

/** Of {@link Param}. */
export interface ParamOptions {
  /**
   * Whether a step updates only the rows that it looked up, and their moments alone (lazy, as torch.optim.SparseAdam).
   * Default: false.
   */
  readonly sparse?: boolean | undefined;
  /** Whether it gets a gradient and is updated. Default: true. */
  readonly requiresGrad?: boolean | undefined;
  /**
   * Of hidden weights: how many matrices of equal size stand in it, one below the other, for an optimiser of matrices such as
   * `Muon`. Default: 0.
   */
  readonly matrices?: number | undefined;
}

/** A tensor that is learnt. It gets its memory from {@link Parameters}, and its full name from the module it is a field of. */
export class Param extends Tensor {
  readonly initializer: Initializer;
  readonly sparse: boolean;
  readonly matrices: number;
  /** The rows looked up in this step, of a sparse parameter. */
  readonly touched = new Set<number>();
  /** Steps of the optimiser that it was frozen for, which do not count in the bias correction of its moments. */
  frozenSteps = 0;
  declare storage: Storage;
  #requiresGrad: boolean;

  constructor(
    shape: readonly number[],
    initializer: Initializer,
    { sparse = false, requiresGrad = true, matrices = 0 }: ParamOptions = {},
  ) {
    super(UNBOUND, shape);
    this.initializer = initializer;
    this.sparse = sparse;
    this.matrices = matrices;
    this.#requiresGrad = requiresGrad;
  }

  /** Whether it gets a gradient and is updated; set false to freeze it. */
  get requiresGrad(): boolean {
    return this.#requiresGrad;
  }

  /** Freezes it or not; its gradient becomes zero when it is frozen. */
  set requiresGrad(value: boolean) {
    this.#requiresGrad = value;
    const { storage } = this;
    if (storage === UNBOUND) return;
    storage.needsGrad = value;
    if (!value) storage.backend.kernels.fill(storage.gradient, 0, storage.size);
  }
}

const NO_MEMORY =
  'the model has no memory yet; call Parameters.create(model, backend, rng) before using it, and keep modules and ' +
  'parameters in fields that are not private';

const UNBOUND: Storage = {
  get backend(): Backend {
    throw new BackendError(`Param: ${NO_MEMORY}`);
  },
  name: 'a parameter without memory',
  size: 0,
  ptr: 0,
  needsGrad: false,
  ended: NO_MEMORY,
  gradient: 0,
  flowed: false,
};

/** Where a parameter stands: dense ones first, then sparse ones, then those frozen from the start. */
const group = ({ requiresGrad, sparse }: Param): number => (requiresGrad ? Number(sparse) : 2);

/** The regions of a sparse parameter when so many of its rows had been looked up. */
interface TouchedRegions {
  readonly rows: number;
  readonly regions: readonly Region[];
}

/**
 * The parameters of a model: values in one contiguous region, gradients in another of the same layout, so that
 * clipping, updating and saving are one pass over one array. Sparse parameters, and then those frozen from the start, stand last.
 */
export class Parameters implements GradientStore {
  readonly backend: Backend;
  readonly values: Ptr;
  readonly gradients: Ptr;
  /** Elements. */
  readonly size: number;
  readonly #entries: readonly { name: string; param: Param; offset: number }[];
  readonly #touched = new Map<Param, TouchedRegions>(); // of this step, which asks for them three times

  /**
   * Gives a model its memory and its first values.
   *
   * @param named the model's parameters by full name, each once
   * @param rng split by the parameter's name, so that the order of construction does not matter; without one all are zero,
   *   for weights that are loaded next
   * @throws ConfigError when a name or a parameter occurs twice
   */
  static create(named: { namedParameters(): Iterable<[string, Param]> }, backend: Backend, rng?: Rng): Parameters {
    const parameters = new Parameters([...named.namedParameters()], backend);
    if (!rng) backend.kernels.fill(parameters.values, 0, parameters.size);
    else for (const [name, param] of parameters) param.initializer(param.view(), param.shape, rng.split(name));
    return parameters;
  }

  private constructor(named: readonly [string, Param][], backend: Backend) {
    const seen = new Set<string | Param>();
    for (const [name, param] of named) {
      if (seen.has(name) || seen.has(param))
        throw new ConfigError(`Parameters: each must occur once, got ${name} again`);
      seen.add(name).add(param);
    }
    this.backend = backend;
    let size = 0;
    this.#entries = named
      .toSorted(([, a], [, b]) => group(a) - group(b))
      .map(([name, param]) => {
        const entry = { name, param, offset: size };
        size += param.size;
        return entry;
      });
    this.size = size;
    const { heap, kernels } = backend;
    this.values = heap.allocate(size * heap.realBytes);
    this.gradients = heap.allocate(size * heap.realBytes);
    kernels.fill(this.gradients, 0, size);
    for (const { name, param, offset } of this.#entries) {
      const at = offset * heap.realBytes;
      param.storage = {
        backend,
        name,
        size: sizeOf(param.shape),
        ptr: this.values + at,
        needsGrad: param.requiresGrad,
        learnt: true,
        ...(param.sparse && { byRow: { count: param.shape[0] ?? 1, touched: param.touched } }),
        gradient: this.gradients + at,
        flowed: false,
      };
    }
  }

  /** Every parameter with its full name. */
  *[Symbol.iterator](): Generator<[string, Param]> {
    for (const { name, param } of this.#entries) yield [name, param];
  }

  /** The gradient of a parameter as a tensor. */
  gradient(param: Param): Tensor {
    return new Tensor({ ...param.storage, ptr: param.storage.gradient, needsGrad: false }, param.shape);
  }

  /** What has a gradient in this step: neighbouring dense parameters as one region, then the rows looked up in sparse ones. */
  *regions(): Generator<Region> {
    let dense: Region | undefined;
    for (const { param, offset } of this.#entries) {
      const isDense = param.requiresGrad && !param.sparse;
      const { frozenSteps } = param;
      if (dense && isDense && offset === dense.offset + dense.size && frozenSteps === dense.frozenSteps) {
        dense = { offset: dense.offset, size: dense.size + param.size, frozenSteps };
        continue;
      }
      if (dense) yield dense;
      dense = isDense ? { offset, size: param.size, frozenSteps } : undefined;
      if (param.requiresGrad && param.sparse) yield* this.#touchedRegions(param, offset);
    }
    if (dense) yield dense;
  }

  /** Starts a step: no gradient has flowed yet. */
  forgetGradients(): void {
    const { heap, kernels } = this.backend;
    for (const { param, offset } of this.#entries) {
      param.storage.flowed = false;
      for (const region of this.#touchedRegions(param, offset))
        kernels.fill(this.gradients + region.offset * heap.realBytes, 0, region.size);
      param.touched.clear();
    }
    this.#touched.clear();
  }

  /** Ends back-propagation: a parameter that nothing flowed into has the gradient zero. */
  completeGradients(): void {
    for (const { param } of this.#entries)
      if (!param.storage.flowed && param.requiresGrad && !param.sparse)
        this.backend.kernels.fill(param.storage.gradient, 0, param.size);
  }

  /** The first parameter or gradient that holds a NaN or Infinity. */
  firstNonFinite(of: 'values' | 'gradients'): NonFinite | undefined {
    for (const { name, param } of this.#entries) {
      const found =
        of === 'values' ? nonFiniteIn(param, name) : nonFiniteIn(this.gradient(param), `gradient of ${name}`);
      if (found) return found;
    }
    return undefined;
  }

  /** Gives the memory back; the model may not be used afterwards. */
  free(): void {
    this.backend.heap.free(this.values);
    this.backend.heap.free(this.gradients);
    for (const { param } of this.#entries) param.storage.ended = 'its parameters have been freed';
  }

  /** The rows of a sparse parameter that have a gradient, neighbours as one region. */
  #touchedRegions(param: Param, start: number): readonly Region[] {
    const { touched, shape, size, frozenSteps } = param;
    const known = this.#touched.get(param);
    if (known?.rows === touched.size) return known.regions;
    const width = size / (shape[0] ?? 1);
    const rows = Int32Array.from(touched).sort();
    const regions: Region[] = [];
    for (let k = 0; k < rows.length; ) {
      const first = rows[k] as number;
      let next = first;
      while (rows[k] === next) [k, next] = [k + 1, next + 1];
      regions.push({ offset: start + first * width, size: (next - first) * width, frozenSteps });
    }
    this.#touched.set(param, { rows: touched.size, regions });
    return regions;
  }
}
