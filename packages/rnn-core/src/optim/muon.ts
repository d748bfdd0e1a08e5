import type { Ptr } from '../backend/backend.ts';
import type { Heap } from '../backend/heap.ts';
import { ConfigError } from '../errors.ts';
import type { Parameters } from '../nn/parameters.ts';
import { type AdamConfig, AdamW } from './adam.ts';

/** Of {@link Muon}; what AdamW takes is for the parameters that it updates, but `weightDecay` is for all. */
export interface MuonConfig extends AdamConfig {
  /** Decay of the running mean of a matrix's gradients. Default: 0.95. */
  readonly momentum?: number;
  /** Newton–Schulz iterations. Default: 3. */
  readonly nsSteps?: number;
  /** A matrix of more rows is orthogonalised in bands of at most so many. Default: 96. */
  readonly bandRows?: number;
}

/** Rows of a parameter that are orthogonalised together. */
interface Band {
  /** Elements before it, in all parameters. */
  readonly offset: number;
  readonly rows: number;
  readonly cols: number;
}

const NORM_EPS = 1e-7;
// x ← a·x + b·x³ + c·x⁵ takes every singular value in (0, 1] to about 1 in a few iterations.
const [A, B, C] = [3.4445, -4.775, 2.0315];
const RMS = 0.2; // of an element of a step at learning rate 1: about Adam's

/**
 * Orthogonalised momentum (Muon) for hidden weights, AdamW for all other parameters:
 *
 *     m ← μ·m + (1 - μ)·g     u = μ·m + (1 - μ)·g = U·Σ·Vᵀ     w ← w - η·(0.2·√max(rows, cols)·U·Vᵀ + λ·w)
 *
 * Hidden weights are the recurrent weights of a cell, the input weights of a cell that has no recurrent matrix, and those of a
 * `Linear` that is `hidden`; embeddings, output layers, and the input weights of other cells, which learn as well by AdamW, are none.
 *
 * U·Vᵀ comes from Newton–Schulz iterations, for each gate alone and there for each band of rows alone: smaller products teach
 * nearly as much. Where products in training have less precision than float32, these have it too. The longer the training, the
 * smaller η must be, since the weights grow with every step: 8 divided by the number of steps was best on three texts from
 * 675 to 2,700 steps, and with weight decay 16 on the same from 150 to 1,600.
 *
 * Source: Jordan et al. 2024, “Muon: An optimizer for hidden layers in neural networks”; torch.optim.Muon with
 * `adjust_lr_fn='match_rms_adamw'`, whose default is five iterations and no bands.
 */
export class Muon extends AdamW {
  /** The learning rate of hidden weights as a multiple of that of {@link Muon.step}. */
  matrixLrRatio = 1;
  readonly #momentum: number;
  readonly #nsSteps: number;
  readonly #bands: readonly Band[];
  readonly #step: Ptr;
  readonly #next: Ptr;
  readonly #gram: Ptr;
  readonly #factor: Ptr;

  /** @throws ConfigError when a number makes no sense, or the model has no hidden weights */
  constructor(parameters: Parameters, { momentum = 0.95, nsSteps = 3, bandRows = 96, ...adam }: MuonConfig = {}) {
    super(parameters, adam);
    if (!(momentum >= 0 && momentum < 1)) throw new ConfigError(`Muon: momentum must be in [0, 1), got ${momentum}`);
    for (const [name, count] of Object.entries({ nsSteps, bandRows }))
      if (!(Number.isInteger(count) && count > 0))
        throw new ConfigError(`Muon: ${name} must be a whole number above 0, got ${count}`);
    this.#momentum = momentum;
    this.#nsSteps = nsSteps;
    this.#bands = [...bandsOf(parameters, bandRows)];
    if (this.#bands.length === 0)
      throw new ConfigError('Muon: the model must have hidden weights, got none; use adamw');
    const { heap } = parameters.backend;
    const largest = Math.max(...this.#bands.map(({ rows, cols }) => rows * cols));
    const side = Math.max(...this.#bands.map(({ rows, cols }) => Math.min(rows, cols)));
    this.#step = heap.allocate(largest * heap.realBytes);
    this.#next = heap.allocate(largest * heap.realBytes);
    this.#gram = heap.allocate(side * side * heap.realBytes);
    this.#factor = heap.allocate(side * side * heap.realBytes);
  }

  protected override update(at: number, size: number, learningRate: number, gradScale: number, steps: number): void {
    const { realBytes } = this.parameters.backend.heap;
    let from = at / realBytes;
    const end = from + size;
    for (const band of this.#bands) {
      const { offset, rows, cols } = band;
      if (offset < from || offset >= end) continue; // of another region, or frozen
      if (offset > from) super.update(from * realBytes, offset - from, learningRate, gradScale, steps);
      this.#updateBand(band, learningRate * this.matrixLrRatio, gradScale);
      from = offset + rows * cols;
    }
    if (from < end) super.update(from * realBytes, end - from, learningRate, gradScale, steps);
  }

  #updateBand({ offset, rows, cols }: Band, learningRate: number, gradScale: number): void {
    const { values, gradients, backend } = this.parameters;
    const { kernels, heap } = backend;
    const size = rows * cols;
    const at = offset * heap.realBytes;
    const [value, gradient, mean, step] = [values + at, gradients + at, this.mean + at, this.#step];
    const momentum = this.#momentum;
    kernels.scale(mean, mean, momentum, size, 0);
    kernels.scale(mean, gradient, (1 - momentum) * gradScale, size, 1);
    kernels.scale(step, mean, momentum, size, 0);
    kernels.scale(step, gradient, (1 - momentum) * gradScale, size, 1);
    kernels.scale(step, step, 1 / (Math.sqrt(kernels.sumOfSquares(step, size)) + NORM_EPS), size, 0);
    const orthogonal = this.#orthogonalized(rows, cols);
    kernels.scale(value, value, 1 - learningRate * this.config.weightDecay, size, 0);
    kernels.scale(value, orthogonal, -learningRate * RMS * Math.sqrt(Math.max(rows, cols)), size, 1);
  }

  /** Newton–Schulz iterations on the smaller side of what is in `#step`. @returns where the result is */
  #orthogonalized(rows: number, cols: number): Ptr {
    const { heap, kernels, trainingKernels = kernels } = this.parameters.backend;
    const isWide = rows <= cols;
    const n = Math.min(rows, cols);
    const [gram, factor] = [this.#gram, this.#factor];
    let [x, next] = [this.#step, this.#next];
    for (let k = 0; k < this.#nsSteps; k++) {
      // X·(XᵀX)² = (XXᵀ)²·X: the side of n is multiplied by a·1 + b·S + c·S², with S the smaller of both.
      if (isWide) trainingKernels.gemm(gram, n, x, cols, x, cols, 0, n, n, cols, 0, 1, 0);
      else trainingKernels.gemm(gram, n, x, cols, x, cols, 0, n, n, rows, 1, 0, 0);
      kernels.scale(factor, gram, C, n * n, 0);
      addToDiagonal(heap, factor, n, B);
      trainingKernels.gemm(next, n, gram, n, factor, n, 0, n, n, n, 0, 0, 0);
      addToDiagonal(heap, next, n, A);
      kernels.scale(factor, next, 1, n * n, 0);
      if (isWide) trainingKernels.gemm(next, cols, factor, n, x, cols, 0, n, cols, n, 0, 0, 0);
      else trainingKernels.gemm(next, cols, x, cols, factor, n, 0, rows, n, n, 0, 0, 0);
      [x, next] = [next, x];
    }
    return x;
  }

  override free(): void {
    super.free();
    for (const ptr of [this.#step, this.#next, this.#gram, this.#factor]) this.parameters.backend.heap.free(ptr);
  }
}

/** The bands of all matrices, in their order in memory. */
function* bandsOf(parameters: Parameters, bandRows: number): Generator<Band> {
  for (const [, { shape, matrices, ptr }] of parameters) {
    const [allRows = 0, cols = 0] = shape;
    const first = (ptr - parameters.values) / parameters.backend.heap.realBytes;
    const gateRows = allRows / matrices;
    const perGate = Math.ceil(gateRows / bandRows);
    const start = (k: number): number => Math.round((k * gateRows) / perGate);
    for (let gate = 0; gate < matrices; gate++)
      for (let k = 0; k < perGate; k++)
        yield { offset: first + (gate * gateRows + start(k)) * cols, rows: start(k + 1) - start(k), cols };
  }
}

function addToDiagonal(heap: Heap, matrix: Ptr, n: number, value: number): void {
  const elements = heap.real(matrix, n * n);
  for (let k = 0; k < n * n; k += n + 1) elements[k] = (elements[k] as number) + value;
}
