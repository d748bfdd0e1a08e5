import { type Backend, BINARY, type Ptr, UNARY } from '../backend/backend.ts';
import { BackendError, ConfigError } from '../errors.ts';
import type { CausalConv1d } from '../nn/causal-conv1d.ts';
import type { LayerNorm } from '../nn/layer-norm.ts';
import type { Recurrent } from '../nn/recurrent.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { PackedMatrix, type WeightFormat } from './packed-matrix.ts';

/** A vector that a piece of a step leaves in the heap, overwritten by the next step. */
export interface StepVector {
  readonly ptr: Ptr;
  readonly size: number;
}

/** A piece of a step: from the vector of the piece before it to its own. */
export type StepPiece = (x: StepVector) => StepVector;

/**
 * The pieces from which a model composes one time step of its inference, for a batch of one: no tape, no tensors, all memory
 * from the start. Weights are packed, so that a step reads each once, and are those of the moment a piece is made.
 */
export class StepBuilder implements Disposable {
  readonly #backend: Backend;
  readonly #format: WeightFormat;
  readonly #blocks: Ptr[] = [];
  readonly #states: StepVector[] = [];
  readonly #packed: PackedMatrix[] = [];

  constructor(backend: Backend, format: WeightFormat) {
    this.#backend = backend;
    this.#format = format;
  }

  /** W·x + b. @param layer weight: [O, I]; bias: [O] */
  linear({ weight, bias }: { readonly weight: Tensor; readonly bias?: Tensor | undefined }): StepPiece {
    const packed = this.#pack(weight, bias);
    const y = this.#vector(packed.N);
    return (x) => {
      packed.times(y.ptr, x.ptr);
      return y;
    };
  }

  /** The rows of an embedding table. @param table [V, E] */
  embedding(table: Tensor): (id: number) => StepVector {
    const [, E = 0] = table.shape;
    const rowBytes = E * this.#backend.heap.realBytes;
    const ptr = this.#addressOf(table);
    return (id) => ({ ptr: ptr + id * rowBytes, size: E });
  }

  /**
   * A recurrent module, its state kept from step to step.
   * @throws ConfigError when it is bidirectional: then it has no next step
   */
  recurrent(cell: Recurrent): StepPiece {
    const layers = this.#layers(cell, 0);
    return (x) => {
      let y = x;
      for (const layer of layers) y = layer(y);
      return y;
    };
  }

  /**
   * A recurrent module over an embedding: its lowest layer's input projection of every row of the table is computed once,
   * xg[id] = W_ih·table[id] + b_ih.
   *
   * @param table [V, E]
   * @throws ConfigError when the module is bidirectional
   */
  recurrentOfEmbedding(cell: Recurrent, table: Tensor): (id: number) => StepVector {
    const { kernels, heap } = this.#backend;
    const [lowest] = cell.directions;
    const [V = 0, E = 0] = table.shape;
    const [N = 0] = lowest?.weightIh.shape ?? [];
    const width = cell.gates * cell.config.hiddenSize;
    const first = this.#layer(cell, 0);
    const rest = this.#layers(cell, 1);
    const projections = this.#reals(V * width);
    const weight = lowest?.weightIh.ptr ?? 0;
    const rows = this.#addressOf(table);
    kernels.gemm(projections, width, rows, E, weight, E, lowest?.biasIh?.ptr ?? 0, V, N, E, 0, 1, 0);
    const rowBytes = width * heap.realBytes;
    if (N < width)
      for (let id = 0; id < V; id++) {
        const highway = projections + id * rowBytes + N * heap.realBytes;
        kernels.scale(highway, rows + id * E * heap.realBytes, 1, E, 0);
      }
    return (id) => {
      let y = first(projections + id * rowBytes);
      for (const layer of rest) y = layer(y);
      return y;
    };
  }

  /** A causal convolution, its last inputs kept from step to step. */
  causalConv1d({ weight, bias }: CausalConv1d): StepPiece {
    const { kernels, heap } = this.#backend;
    const [C = 0, , K = 0] = weight.shape;
    const y = this.#vector(C);
    const inputs = this.#vector(K * C);
    this.#states.push(inputs);
    const row = (k: number): Ptr => inputs.ptr + k * C * heap.realBytes;
    const byStep = this.#reals(K * C); // the weights [K, C]
    for (let k = 0; k < K; k++)
      kernels.copyRows(byStep + k * C * heap.realBytes, 1, this.#addressOf(weight) + k * heap.realBytes, K, C, 1, 0);
    const shift = this.#addressOf(bias);
    return (x) => {
      for (let k = 1; k < K; k++) kernels.scale(row(k - 1), row(k), 1, C, 0);
      kernels.scale(row(K - 1), x.ptr, 1, C, 0);
      kernels.depthwiseConv1dForward(y.ptr, inputs.ptr, byStep, shift, 1, 1, C, K);
      return y;
    };
  }

  /** Layer normalisation. */
  layerNorm({ weight, bias, eps }: LayerNorm): StepPiece {
    const { kernels, heap } = this.#backend;
    const y = this.#vector(weight.size);
    const mean = this.#reals(2);
    const rstd = mean + heap.realBytes;
    const [gain, shift] = [this.#addressOf(weight), this.#addressOf(bias)];
    return (x) => {
      kernels.layerNormForward(y.ptr, mean, rstd, x.ptr, gain, shift, 1, y.size, eps);
      return y;
    };
  }

  /** x ∘ silu(gate), which is overwritten. @param size of each */
  gated(size: number): (x: StepVector, gate: StepVector) => StepVector {
    const { kernels } = this.#backend;
    const y = this.#vector(size);
    return (x, gate) => {
      kernels.unaryForward(gate.ptr, gate.ptr, UNARY.silu, size);
      kernels.binary(y.ptr, x.ptr, gate.ptr, BINARY.mul, size, size, 0);
      return y;
    };
  }

  /** x + residual. @param size of each */
  add(size: number): (x: StepVector, residual: StepVector) => StepVector {
    const { kernels } = this.#backend;
    const y = this.#vector(size);
    return (x, residual) => {
      kernels.binary(y.ptr, x.ptr, residual.ptr, BINARY.add, size, size, 0);
      return y;
    };
  }

  /** The mean of some vectors. @param size of each */
  mean(size: number): (xs: readonly StepVector[]) => StepVector {
    const { kernels } = this.#backend;
    const y = this.#vector(size);
    return (xs) => {
      for (const [k, x] of xs.entries()) kernels.scale(y.ptr, x.ptr, 1 / xs.length, size, k === 0 ? 0 : 1);
      return y;
    };
  }

  /** Sets the states of all pieces to zero. */
  reset(): void {
    for (const { ptr, size } of this.#states) this.#backend.kernels.fill(ptr, 0, size);
  }

  /** Frees every buffer and all packed weights. */
  [Symbol.dispose](): void {
    for (const packed of this.#packed) packed[Symbol.dispose]();
    for (const ptr of this.#blocks) this.#backend.heap.free(ptr);
  }

  /** The layers of a recurrent module from `from` on, one piece each. */
  #layers(cell: Recurrent, from: number): StepPiece[] {
    return cell.directions.slice(from).map(({ weightIh, biasIh }, k) => {
      const input = this.#pack(weightIh, biasIh);
      const xg = this.#vector(cell.gates * cell.config.hiddenSize);
      const step = this.#layer(cell, from + k);
      const { kernels, heap } = this.#backend;
      return (x) => {
        input.times(xg.ptr, x.ptr);
        if (input.N < xg.size) kernels.scale(xg.ptr + input.N * heap.realBytes, x.ptr, 1, x.size, 0); // the highway
        return step(xg.ptr);
      };
    });
  }

  /** One layer of a recurrent module, given the input projection xg: [G·H]. */
  #layer(cell: Recurrent, layer: number): (xg: Ptr) => StepVector {
    const { hiddenSize: H, bidirectional } = cell.config;
    if (bidirectional)
      throw new ConfigError(
        `StepBuilder: a recurrent module must be unidirectional, got a bidirectional ${cell.constructor.name}`,
      );
    const { kernels } = this.#backend;
    const { weightHh, biasHh } = cell.directions[layer] as Recurrent['directions'][number];
    const isMatrix = weightHh?.shape.length === 2;
    const hidden = isMatrix ? this.#pack(weightHh, biasHh) : undefined;
    const w = weightHh && !isMatrix ? this.#addressOf(weightHh) : 0;
    const bias = w && (biasHh ? this.#addressOf(biasHh) : this.#zeros(2 * H));
    const [h, c] = [this.#vector(H), this.#vector(cell.cellSize)];
    this.#states.push(h, c);
    const a = hidden ? this.#reals(hidden.N) : 0;
    const buffers = { h: h.ptr, c: c.ptr, xg: 0, a, w, bias };
    return (xg) => {
      hidden?.times(a, h.ptr);
      buffers.xg = xg;
      cell.step(kernels, buffers);
      return h;
    };
  }

  /** Where a weight lies. @throws BackendError when that is another backend's heap */
  #addressOf({ storage, ptr }: Tensor): Ptr {
    if (storage.backend !== this.#backend)
      throw new BackendError(`StepBuilder: weights must be on the stepper's backend, got ${storage.name} on another`);
    return ptr;
  }

  #pack(weight: Tensor, bias: Tensor | undefined): PackedMatrix {
    this.#addressOf(weight);
    const packed = new PackedMatrix(
      this.#backend,
      weight,
      bias ? this.#addressOf(bias) : this.#zeros(weight.shape[0] ?? 0),
      this.#format,
    );
    this.#packed.push(packed);
    return packed;
  }

  #zeros(size: number): Ptr {
    const ptr = this.#reals(size);
    this.#backend.kernels.fill(ptr, 0, size);
    return ptr;
  }

  #vector(size: number): StepVector {
    return { ptr: this.#reals(size), size };
  }

  #reals(size: number): Ptr {
    const ptr = this.#backend.heap.allocate(size * this.#backend.heap.realBytes);
    this.#blocks.push(ptr);
    return ptr;
  }
}
