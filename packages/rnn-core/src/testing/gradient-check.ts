import type { Real } from '../backend/heap.ts';
import type { Module } from '../nn/module.ts';
import { Parameters } from '../nn/parameters.ts';
import { add, mul } from '../ops/elementwise.ts';
import { sum } from '../ops/reduce.ts';
import { createReferenceBackend } from '../reference/backend.ts';
import { Rng } from '../rng.ts';
import { Tape } from '../tensor/tape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { expectClose } from './close.ts';
import { cosines } from './cosines.ts';

/** How far each number is moved either way. In float64 both errors, of h² and of rounding over h, are then below 1e-9. */
const STEP = 1e-5;

/** What every gradient of this project keeps to against central differences. */
export const GRADIENT_TOLERANCE = { absolute: 1e-8, relative: 1e-6 };

/** A function of tensors to be checked. */
export interface GradientCheck<Name extends string> {
  /** Tensors by name with their shapes; their numbers are {@link cosines}. */
  readonly inputs?: Readonly<Record<Name, readonly number[]>>;
  /** What owns the parameters. */
  readonly model?: Module;
  /** What is computed; the gradient is that of all results, each number weighted differently. */
  readonly forward: (inputs: Record<Name, Tensor>, tape: Tape) => Tensor | readonly Tensor[];
}

/**
 * Compares the gradient of every input and every parameter with central differences, in float64 on the reference backend.
 * Memory is full of NaN beforehand, so that what a kernel owes is written, not found.
 */
export function checkGradients<Name extends string>({ inputs, model, forward }: GradientCheck<Name>): void {
  const backend = createReferenceBackend({ precision: 'float64' });
  const parameters = model && Parameters.create(model, backend, Rng.seeded(7));
  const shapes = Object.entries<readonly number[]>(inputs ?? {});
  const values = new Map(shapes.map(([name, shape], k) => [name, cosines(shape, k + 1)]));

  const loss = (tape: Tape): { loss: Tensor; tensors: Map<string, Tensor> } => {
    const tensors = new Map(
      shapes.map(([name, shape]) => [name, tape.constant(values.get(name) ?? [], shape, { needsGrad: true })]),
    );
    const results = forward(Object.fromEntries(tensors) as Record<Name, Tensor>, tape);
    const terms = (Array.isArray(results) ? results : [results]).map((y: Tensor, k) =>
      sum(mul(y, tape.constant(cosines(y.shape, 3 + k), y.shape))),
    );
    return { loss: terms.reduce((a, b) => add(a, b)), tensors };
  };
  const lossNow = (): number => {
    using tape = new Tape(backend, { record: false });
    return loss(tape).loss.item();
  };
  /** @param view the numbers, asked for anew each time: the heap may grow */
  const numeric = (view: () => Real): Float64Array =>
    Float64Array.from(view(), (value, k) => {
      const lossAt = (x: number): number => {
        view()[k] = x;
        return lossNow();
      };
      const slope = (lossAt(value + STEP) - lossAt(value - STEP)) / (2 * STEP);
      view()[k] = value;
      return slope;
    });

  const found: { name: string; gradient: Real; view: () => Real }[] = [];
  {
    soil(backend);
    using tape = new Tape(backend);
    const { loss: y, tensors } = loss(tape);
    tape.grad(y, parameters);
    for (const [name, numbers] of values) {
      const gradient = tape.gradient(tensors.get(name) as Tensor)?.toArray() ?? new Float64Array(numbers.length);
      found.push({ name, gradient, view: () => numbers });
    }
    for (const [name, param] of parameters ?? [])
      if (parameters && param.requiresGrad)
        found.push({ name, gradient: parameters.gradient(param).toArray(), view: () => param.view() });
  }
  for (const { name, gradient, view } of found) expectClose(`d${name}`, gradient, numeric(view), GRADIENT_TOLERANCE);
}

/** Leaves NaN where the next step's tensors will lie. */
export function soil(backend: Tape['backend']): void {
  using tape = new Tape(backend);
  const N = 2 ** 16;
  backend.kernels.fill(tape.allocate(N * backend.heap.realBytes), Number.NaN, N);
}
