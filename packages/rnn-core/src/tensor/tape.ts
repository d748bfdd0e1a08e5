import type { Backend, Beta, Kernels, Ptr } from '../backend/backend.ts';
import { BackendError, ShapeError } from '../errors.ts';
import { Arena, type Mark } from './arena.ts';
import { type NonFinite, nonFiniteIn } from './non-finite.ts';
import type { SequenceObserver } from './sequence-observer.ts';
import { Ids, type Storage, sizeOf, Tensor } from './tensor.ts';

// Not every browser has it yet; compilers that lower `using` fall back on this very symbol.
if (!Reflect.has(Symbol, 'dispose'))
  Object.defineProperty(Symbol, 'dispose', { value: Symbol.for('Symbol.dispose') });

/** What an op's pullback sees: the gradients of what it made, and where those of its inputs go. */
export interface Backprop {
  /** The gradient of an output; zeros where nothing flowed back to it. */
  of(y: Tensor): Ptr;
  /** Whether anything flowed back to this output. */
  reached(y: Tensor): boolean;
  /**
   * Calls `compute` with the address of x's gradient, and whether to add to it; not at all when no gradient is needed.
   * @param rows the rows of x that are added to, when it is not all of them
   */
  into(x: Tensor | undefined, compute: (dx: Ptr, beta: Beta) => void, rows?: Iterable<number>): void;
  /** Declares that x's gradient lies at `ptr`: for an op that computed it in the memory of an input it consumed. */
  adopt(x: Tensor, ptr: Ptr): void;
  /** Memory for `size` numbers until the step ends. */
  scratch(size: number): Ptr;
  /** Observes the recurrent sequences of this back-propagation. */
  readonly observer: SequenceObserver | undefined;
}

/** The gradients that a back-propagation fills: {@link Parameters}. */
export interface GradientStore {
  /** Begins a step: no gradient has flowed yet. */
  forgetGradients(): void;
  /** Ends back-propagation: what nothing flowed into has the gradient zero. */
  completeGradients(): void;
}

export interface GradOptions {
  /** Whether to add to the gradients that are there, for one step made of several batches. */
  readonly accumulate?: boolean | undefined;
  /** Is called with every recurrent sequence before and after its gradient is computed. */
  readonly observer?: SequenceObserver | undefined;
}

const ENDED = 'the step that made it has ended; carry() what must outlive it';

type Pullback = (back: Backprop) => void;

interface Node {
  readonly outputs: readonly Tensor[];
  readonly pullback: Pullback;
}

/**
 * One step: an arena for every intermediate, and the record from which gradients are taken. Opened with `using`, it
 * gives all its memory back when the block ends; the open tape is the one that ops write to.
 *
 *     using tape = new Tape(backend);
 *     const loss = crossEntropy(model.forward(x), y);
 *     tape.grad(loss, parameters);
 */
export class Tape {
  readonly backend: Backend;
  readonly recording: boolean;
  readonly #arena: Arena;
  readonly #mark: Mark;
  /** In the order of computation. */
  readonly #tensors: Tensor[] = [];
  readonly #ids: Ids[] = [];
  readonly #nodes: Node[] = [];
  readonly #carried: { from: Tensor; into: Tensor }[] = [];
  #differentiated = false;

  static readonly #open: Tape[] = [];

  constructor(
    backend: Backend,
    {
      record = true,
    }: {
      /** False for inference: nothing is kept for a gradient. */
      record?: boolean;
    } = {},
  ) {
    this.backend = backend;
    this.recording = record;
    this.#arena = Arena.of(backend);
    this.#mark = this.#arena.mark();
    Tape.#open.push(this);
  }

  /**
   * The innermost open tape.
   * @throws BackendError when there is none
   */
  static get current(): Tape {
    const tape = Tape.#open.at(-1);
    if (!tape)
      throw new BackendError('Tape: an op needs an open tape; write `using tape = new Tape(backend)` before it');
    return tape;
  }

  /** The kernels of the tape's backend; of training, where it records. */
  get kernels(): Kernels {
    const { kernels, trainingKernels = kernels } = this.backend;
    return this.recording ? trainingKernels : kernels;
  }

  /** Ends the step: carried tensors are copied out, and everything else is given back. */
  [Symbol.dispose](): void {
    if (Tape.#open.at(-1) !== this)
      throw new BackendError('Tape: tapes must be closed once each, in the reverse order of their opening');
    Tape.#open.pop();
    try {
      for (const { from, into } of this.#carried) this.kernels.scale(into.ptr, from.ptr, 1, from.size, 0);
    } finally {
      for (const { storage } of this.#tensors) storage.ended = ENDED;
      for (const ids of this.#ids) ids.ended = true;
      this.#arena.release(this.#mark);
    }
  }

  /**
   * Memory for `bytes` bytes until the step ends, its content undefined.
   * @throws BackendError when the tape is closed, or another was opened in it: that one would take the memory with it
   */
  allocate(bytes: number): Ptr {
    if (Tape.#open.findLast(({ backend }) => backend === this.backend) !== this)
      throw new BackendError('Tape: memory must come from the innermost open tape');
    return this.#arena.allocate(bytes);
  }

  /** A tensor in the arena, its content undefined. */
  tensor(name: string, shape: readonly number[], { needsGrad = false }: { needsGrad?: boolean } = {}): Tensor {
    const size = sizeOf(shape);
    const storage: Storage = {
      backend: this.backend,
      name,
      size,
      ptr: this.allocate(size * this.backend.heap.realBytes),
      needsGrad: needsGrad && this.recording,
      owner: this,
      gradient: 0,
      flowed: false,
    };
    return this.#made(new Tensor(storage, shape));
  }

  /** A tensor of zeros. */
  zeros(shape: readonly number[]): Tensor {
    const x = this.tensor('zeros', shape);
    this.kernels.fill(x.ptr, 0, x.size);
    return x;
  }

  /**
   * A tensor with the given numbers, row-major.
   * @param options.needsGrad whether {@link gradient} will be asked for it
   * @throws ShapeError when their count is not that of the shape
   */
  constant(values: ArrayLike<number>, shape: readonly number[], options: { needsGrad?: boolean } = {}): Tensor {
    if (values.length !== sizeOf(shape))
      throw new ShapeError(
        `Tape.constant: values must be ${sizeOf(shape)} for [${shape.join(', ')}], got ${values.length}`,
      );
    const x = this.tensor('constant', shape, options);
    x.view().set(values);
    return x;
  }

  /**
   * Whole numbers, copied into the heap.
   * @throws ShapeError when their count is not that of the shape
   */
  ids(values: Int32Array, shape: readonly number[]): Ids {
    if (values.length !== sizeOf(shape))
      throw new ShapeError(
        `Tape.ids: values must be ${sizeOf(shape)} for [${shape.join(', ')}], got ${values.length}`,
      );
    const ids = new Ids(this.backend, values, shape, this.int32(values));
    this.#ids.push(ids);
    return ids;
  }

  /** Where the whole numbers that an op takes lie. @throws BackendError when that is another backend's heap */
  addressOf(op: string, ids: Ids): Ptr {
    if (ids.backend !== this.backend)
      throw new BackendError(`${op}: inputs must be on the tape's backend, got ids on another`);
    return ids.ptr;
  }

  /** A copy of whole numbers in the heap; null for none. */
  int32(values: Int32Array | undefined): Ptr {
    if (!values) return 0;
    const ptr = this.allocate(values.length * 4);
    this.backend.heap.int32(ptr, values.length).set(values);
    return ptr;
  }

  /** Has `from` copied into `into`, which outlives the step, when the step ends. */
  carry(from: Tensor, into: Tensor): void {
    if (from.size !== into.size)
      throw new ShapeError(`Tape.carry: from must be [${into.shape.join(', ')}], got [${from.shape.join(', ')}]`);
    this.#checkBackend('Tape.carry', from);
    this.#checkBackend('Tape.carry', into);
    this.#carried.push({ from, into });
  }

  /**
   * A tensor for an op's result, which needs a gradient when one of its inputs does.
   * @throws BackendError when an input lies in another backend's heap, or wants a gradient from another tape
   */
  result(op: string, shape: readonly number[], inputs: readonly (Tensor | undefined)[]): Tensor {
    for (const x of inputs) {
      if (!x) continue;
      this.#checkBackend(op, x);
      const { name, needsGrad, owner = this } = x.storage;
      if (needsGrad && owner !== this && this.recording)
        throw new BackendError(
          `${op}: inputs must be of this tape, since no gradient crosses tapes, got ${name} of an outer one; ` +
            'make that one with record: false, or this tensor a constant',
        );
    }
    return this.tensor(label(op, inputs), shape, { needsGrad: inputs.some((x) => x?.storage.needsGrad) });
  }

  /** Notes how gradients flow back through an op. The pullback is called once, after those of all later ops. */
  record(outputs: readonly Tensor[], pullback: Pullback): void {
    if (outputs.some((y) => y.storage.needsGrad)) this.#nodes.push({ outputs, pullback });
  }

  /**
   * Marks a tensor as overwritten by the op that takes it.
   * @returns where it lies
   * @throws ShapeError when others have a share in it: it is a part of another tensor, or a parameter
   */
  consume(x: Tensor, op: string): Ptr {
    const { ptr, size, storage } = x;
    if (size !== storage.size || storage.learnt)
      throw new ShapeError(`${op}: what it consumes must be a whole tensor of this step, got ${storage.name}`);
    storage.ended = `it was overwritten by ${op}, which consumes its input`;
    return ptr;
  }

  /**
   * Back-propagates from a loss into the gradients of the parameters. Once a tape: ops overwrite what they kept.
   *
   * @param loss one number
   * @throws ShapeError when the loss is not one number; BackendError when there is no gradient to be had
   */
  grad(loss: Tensor, parameters?: GradientStore, { accumulate = false, observer }: GradOptions = {}): void {
    if (loss.size !== 1) throw new ShapeError(`Tape.grad: loss must be one number, got [${loss.shape.join(', ')}]`);
    if (this.#differentiated)
      throw new BackendError('Tape.grad: gradients must be taken once a tape, got a second call');
    if (!loss.storage.needsGrad)
      throw new BackendError(
        `Tape.grad: loss must depend on something learnt, on a tape that records, got ${loss.storage.name}`,
      );
    if (loss.storage.owner !== this)
      throw new BackendError(`Tape.grad: loss must be of this tape, got ${loss.storage.name} of another`);
    this.#differentiated = true;
    if (!accumulate) parameters?.forgetGradients();
    this.#into(loss, (dloss) => this.kernels.fill(dloss, 1, 1));
    const back: Backprop = { ...this.#backprop, observer };
    for (let k = this.#nodes.length - 1; k >= 0; k--) {
      const { outputs, pullback } = this.#nodes[k] as Node;
      if (outputs.some((y) => y.storage.flowed)) pullback(back);
    }
    parameters?.completeGradients();
  }

  /**
   * The gradient of a tensor of this step, after {@link grad}; undefined when nothing flowed back to it.
   * @throws BackendError when the step has ended
   */
  gradient(x: Tensor): Tensor | undefined {
    const { storage } = x;
    if (storage.ended === ENDED) throw new BackendError(`Tape.gradient: ${storage.name}: ${ENDED}`);
    if (!storage.flowed) return undefined;
    const gradient: Storage = {
      backend: this.backend,
      name: `gradient of ${storage.name}`,
      size: storage.size,
      ptr: storage.gradient,
      needsGrad: false,
      gradient: 0,
      flowed: false,
    };
    return this.#made(new Tensor(gradient, x.shape, x.offset));
  }

  /**
   * Where NaN or Infinity first arose in this step: the first activation, in the order of computation, that holds one, or
   * else, after {@link grad}, the first gradient in the order of back-propagation.
   */
  firstNonFinite(): NonFinite | undefined {
    const names = new Map<Storage, string>();
    let layer = '';
    for (const { storage } of this.#tensors) {
      const isNamed = storage.name.endsWith(')');
      if (isNamed) layer = storage.name;
      names.set(storage, isNamed || !layer ? storage.name : `${storage.name} after ${layer}`);
    }
    for (const x of this.#tensors) {
      const found = x.storage.ended || x.storage.pending ? undefined : nonFiniteIn(x, names.get(x.storage) ?? '');
      if (found) return found;
    }
    for (const y of this.#nodes.toReversed().flatMap(({ outputs }) => outputs)) {
      const gradient = this.gradient(y);
      const found = gradient && nonFiniteIn(gradient, `gradient of ${names.get(y.storage)}`);
      if (found) return found;
    }
    return undefined;
  }

  #checkBackend(where: string, { storage }: Tensor): void {
    if (storage.backend !== this.backend)
      throw new BackendError(`${where}: inputs must be on the tape's backend, got ${storage.name} on another`);
  }

  #made(x: Tensor): Tensor {
    this.#tensors.push(x);
    return x;
  }

  readonly #into: Backprop['into'] = (x, compute, rows) => {
    if (!x?.storage.needsGrad) return;
    const { storage } = x;
    const { realBytes } = this.backend.heap;
    storage.gradient ||= this.allocate(storage.size * realBytes);
    const whole = x.size === storage.size;
    const { byRow } = storage;
    if (byRow) for (const row of (whole && rows) || new Array(byRow.count).keys()) byRow.touched.add(row);
    // A part of a tensor receives its gradient by itself: the rest must be zero, and this part is added to.
    else if (!storage.flowed && !whole) this.kernels.fill(storage.gradient, 0, storage.size);
    compute(storage.gradient + x.offset * realBytes, storage.flowed || !whole || byRow ? 1 : 0);
    storage.flowed = true;
  };

  readonly #backprop: Omit<Backprop, 'observer'> = {
    of: (y) => {
      if (!y.storage.flowed) this.#into(y, (dy) => this.kernels.fill(dy, 0, y.size));
      return y.storage.gradient + y.offset * this.backend.heap.realBytes;
    },
    reached: (y) => y.storage.flowed,
    into: this.#into,
    adopt: ({ storage }, ptr) => {
      storage.gradient = ptr;
      storage.flowed = true;
    },
    scratch: (size) => this.allocate(size * this.backend.heap.realBytes),
  };
}

/** `linear(head.weight)`: the op, and which of its inputs have a name of their own. */
function label(op: string, inputs: readonly (Tensor | undefined)[]): string {
  const names = inputs.filter((x) => x?.storage.learnt).map((x) => x?.storage.name);
  return names.length > 0 ? `${op}(${names.join(', ')})` : op;
}
