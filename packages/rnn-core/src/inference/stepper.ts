import type { Backend, Ptr } from '../backend/backend.ts';
import type { Real } from '../backend/heap.ts';
import { ConfigError } from '../errors.ts';
import type { LayerNorm } from '../nn/layer-norm.ts';
import type { Recurrent, StepPlaces } from '../nn/recurrent.ts';
import { LAYER_NORM_EPSILON } from '../ops/layer-norm.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { PackedMatrix, type WeightFormat } from './packed-matrix.ts';

/** What a {@link Stepper} runs: ids looked up in a table, recurrent layers, a linear layer. */
export interface SteppedModel {
  readonly table: Tensor; // [V, E]
  /** One or more, each with the norm of its output. */
  readonly layers: readonly { readonly cell: Recurrent; readonly norm?: LayerNorm | undefined }[];
  /** Whether every layer but the lowest adds what it reads to what it gives, before the norm. */
  readonly residual?: boolean;
  readonly head: { readonly weight: Tensor; readonly bias: Tensor }; // [O, H] and [O]
}

/** One layer of a recurrent module, ready to step. */
interface Level extends StepPlaces {
  readonly hidden: PackedMatrix; // a = W_hh·h + b_hh
  /** xg = W_ih·y + b_ih of the level below; the lowest looks it up. */
  readonly input: PackedMatrix | undefined;
}

interface Layer {
  readonly cell: Recurrent;
  readonly levels: readonly Level[];
  readonly sum: Ptr | undefined; //    [H], with what was read
  readonly normed: Ptr | undefined; // [H]
  readonly norm: LayerNorm | undefined;
}

/**
 * Runs a model one token at a time where nothing is learnt, as in sampling: no tape, no tensors, all memory from the
 * start. The lowest layer's product with the table is formed once, xg[id] = W_ih·table[id] + b_ih, and all other weights
 * are packed, so that a step reads each once. Logits are those of the modules but for the order of sums.
 *
 * Weights are those of the moment it is made. Its memory is given back at the end of `using`.
 */
export class Stepper implements Disposable {
  readonly #backend: Backend;
  readonly #blocks: Ptr[] = [];
  readonly #states: { readonly ptr: Ptr; readonly size: number }[] = [];
  readonly #packed: PackedMatrix[] = [];
  readonly #layers: readonly Layer[];
  readonly #head: PackedMatrix;
  readonly #table: Ptr; //  [V, G·H]
  readonly #rowBytes: number;
  readonly #moments: Ptr; // [2], the mean and rstd of a norm
  readonly #logits: Ptr; //  [O]

  /** @throws ConfigError when a layer reads both ways: it has no next step */
  constructor(backend: Backend, model: SteppedModel, format: WeightFormat = 'float32') {
    this.#backend = backend;
    const { table, layers, residual = false, head } = model;
    const pack = (weight: Tensor, bias: Tensor): PackedMatrix => {
      const packed = new PackedMatrix(backend, weight, bias, format);
      this.#packed.push(packed);
      return packed;
    };
    this.#layers = layers.map(({ cell, norm }, k) => {
      const { hiddenSize: H, bidirectional } = cell.config;
      if (bidirectional)
        throw new ConfigError(`Stepper: layers must read one way, got a bidirectional ${cell.constructor.name}`);
      const levels = cell.directions.map(({ weightIh, weightHh, biasIh, biasHh }, d): Level => {
        const hidden = pack(weightHh, biasHh);
        return {
          hidden,
          input: k + d > 0 ? pack(weightIh, biasIh) : undefined,
          h: this.#state(H),
          c: this.#state(H),
          xg: this.#reals(hidden.N),
          a: this.#reals(hidden.N),
        };
      });
      const sum = residual && k > 0 ? this.#reals(H) : undefined;
      return { cell, levels, sum, normed: norm && this.#reals(H), norm };
    });
    this.#head = pack(head.weight, head.bias);
    this.#logits = this.#reals(this.#head.N);
    this.#moments = this.#reals(2);

    const lowest = layers[0]?.cell.directions[0];
    if (!lowest) throw new ConfigError('Stepper: there must be a recurrent layer, got none');
    const [V = 0, E = 0] = table.shape;
    const [N = 0] = lowest.weightIh.shape;
    this.#rowBytes = N * backend.heap.realBytes;
    this.#table = this.#reals(V * N);
    backend.kernels.gemm(this.#table, N, table.ptr, E, lowest.weightIh.ptr, E, lowest.biasIh.ptr, V, N, E, 0, 1, 0);
    this.reset();
  }

  /** Forgets all that was read. */
  reset(): void {
    for (const { ptr, size } of this.#states) this.#backend.kernels.fill(ptr, 0, size);
  }

  /**
   * Reads a token.
   *
   * @returns [O] the logits after it, valid until the next step and until the heap next grows
   */
  step(id: number): Real {
    const { kernels: k, heap } = this.#backend;
    let y = 0; // what the layer below gives; the lowest needs none
    for (const { cell, levels, sum, normed, norm } of this.#layers) {
      const read = y;
      for (const { hidden, input, h, c, xg, a } of levels) {
        input?.times(xg, y);
        hidden.times(a, h);
        cell.step(k, { h, c, xg: input ? xg : this.#table + id * this.#rowBytes, a });
        y = h;
      }
      const { hiddenSize: H } = cell.config;
      if (sum) {
        k.add(sum, y, read, H, H);
        y = sum;
      }
      if (norm && normed) {
        const rstd = this.#moments + heap.realBytes;
        k.layerNormForward(normed, this.#moments, rstd, y, norm.weight.ptr, norm.bias.ptr, 1, H, LAYER_NORM_EPSILON);
        y = normed;
      }
    }
    this.#head.times(this.#logits, y);
    return heap.real(this.#logits, this.#head.N);
  }

  [Symbol.dispose](): void {
    for (const packed of this.#packed) packed[Symbol.dispose]();
    for (const ptr of this.#blocks) this.#backend.heap.free(ptr);
  }

  #reals(size: number): Ptr {
    const ptr = this.#backend.heap.allocate(size * this.#backend.heap.realBytes);
    this.#blocks.push(ptr);
    return ptr;
  }

  #state(size: number): Ptr {
    const ptr = this.#reals(size);
    this.#states.push({ ptr, size });
    return ptr;
  }
}
