import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Backend } from '../backend/backend.ts';
import { Attention } from '../nn/attention.ts';
import { Parameters } from '../nn/parameters.ts';
import { createReferenceBackend } from '../reference/backend.ts';
import { Rng } from '../rng.ts';
import { Tape } from '../tensor/tape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type Attended, additiveAttention, dotAttention } from './attention.ts';
import { mul } from './elementwise.ts';
import { sum } from './reduce.ts';

const [Q, S, B, D, E] = [3, 5, 4, 6, 7];
const lengths = Int32Array.of(5, 3, 1, 4);
const shapes = { q: [Q, B, D], keys: [S, B, D], values: [S, B, E], v: [D] };
const scores = ['dot', 'additive'] as const;
type Score = (typeof scores)[number];
type Inputs = Record<keyof typeof shapes, Tensor>;

const golden = JSON.parse(readFileSync(new URL('../../golden/attention.json', import.meta.url), 'utf8')) as Record<
  Score,
  Record<string, number[]>
>;

/** cos(0.7·k + phase), as the script that made the golden vectors. */
function numbers(shape: readonly number[], phase: number): Float64Array {
  return Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, k) => Math.cos(0.7 * k + phase));
}

function attend(score: Score, { q, keys, values, v }: Inputs, live: Int32Array | undefined): Attended {
  return score === 'dot' ? dotAttention(q, keys, values, 0.4, live) : additiveAttention(q, keys, values, v, live);
}

/** Leaves NaN where the next step's tensors will lie: what a kernel owes must be written, not found. */
function dirty(backend: Backend): void {
  using tape = new Tape(backend);
  backend.kernels.fill(tape.allocate(2 ** 16), Number.NaN, 2 ** 13);
}

/** One number that depends on all of the context, everything it was made of, and the gradients. */
function run(score: Score, data: Record<keyof Inputs, ArrayLike<number>>, live: Int32Array | undefined = lengths) {
  const backend = createReferenceBackend({ precision: 'float64' });
  dirty(backend);
  using tape = new Tape(backend);
  const input = (name: keyof typeof shapes): Tensor => tape.constant(data[name], shapes[name], { needsGrad: true });
  const inputs = { q: input('q'), keys: input('keys'), values: input('values'), v: input('v') };
  const { context, weights } = attend(score, inputs, live);
  const loss = sum(mul(context, tape.constant(numbers([Q, B, E], 5), [Q, B, E])));
  tape.grad(loss);
  const grads = Object.entries(inputs).map(([name, x]) => [`d${name}`, tape.gradient(x)?.toArray()] as const);
  return { loss: loss.item(), context: context.toArray(), weights: weights.toArray(), ...Object.fromEntries(grads) };
}

const data = () => ({
  q: numbers(shapes.q, 1),
  keys: numbers(shapes.keys, 2),
  values: numbers(shapes.values, 3),
  v: numbers(shapes.v, 4),
});

/** Whether element k of a [S, B, width] lies beyond its entry's length. */
const beyond = (width: number, k: number) => Math.floor(k / (B * width)) >= lengths[Math.floor(k / width) % B]!;

/** What a [Q, B, width] holds of one batch entry. */
const ofEntry = (entry: number, x: ArrayLike<number>, width: number) =>
  Array.from(x).filter((_, k) => Math.floor(k / width) % B === entry);

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Math.max(...Array.from(a, (x, k) => Math.abs(x - (b[k] as number))));
}

describe.each(scores)('%s attention', (score) => {
  test('equals PyTorch: context, weights and every gradient', () => {
    const ours = run(score, data()) as unknown as Record<string, Float64Array>;
    const wrong = Object.entries(golden[score]).filter(
      ([name, wanted]) => !(largestDifference(ours[name]!, wanted) < 1e-10),
    );
    expect(wrong).toEqual([]);
  });

  test('its gradients are those of central differences', () => {
    const base = data();
    const analytic = run(score, base) as unknown as Record<string, Float64Array | undefined>;
    for (const name of Object.keys(shapes) as (keyof typeof shapes)[]) {
      const gradient = analytic[`d${name}`];
      if (!gradient) continue;
      const epsilon = 1e-5;
      const numeric = Float64Array.from(gradient, (_, k) => {
        const moved = (by: number) =>
          run(score, { ...base, [name]: base[name].map((x, j) => (j === k ? x + by : x)) }).loss;
        return (moved(epsilon) - moved(-epsilon)) / (2 * epsilon);
      });
      expect([name, largestDifference(gradient, numeric) < 1e-8]).toEqual([name, true]);
    }
  });

  test('what is beyond a length changes nothing and receives nothing', () => {
    const padded = data();
    for (let k = 0; k < padded.keys.length; k++) if (beyond(D, k)) padded.keys[k] = 1e6;
    for (let k = 0; k < padded.values.length; k++) if (beyond(E, k)) padded.values[k] = -1e6;
    const [ours, theirs] = [run(score, padded), run(score, data())] as unknown as Record<string, Float64Array>[];
    expect(ours!['context']).toEqual(theirs!['context']);
    expect(ours!['dq']).toEqual(theirs!['dq']);
    expect([...ours!['dkeys']!].filter((x, k) => beyond(D, k) && x !== 0)).toEqual([]);
    expect([...ours!['dvalues']!].filter((x, k) => beyond(E, k) && x !== 0)).toEqual([]);
  });

  test('an entry without valid positions has a context of zero', () => {
    const { context, weights } = run(score, data(), Int32Array.of(5, 0, 1, 4));
    expect(new Set(ofEntry(1, context, E))).toEqual(new Set([0]));
    expect(new Set(ofEntry(1, weights, S))).toEqual(new Set([0]));
  });
});

test('keys and values may be one tensor: it gets both gradients', () => {
  const backend = createReferenceBackend({ precision: 'float64' });
  const gradients = (isOne: boolean): Float64Array[] => {
    using tape = new Tape(backend);
    const q = tape.constant(numbers([Q, B, D], 1), [Q, B, D]);
    const input = (): Tensor => tape.constant(numbers([S, B, D], 2), [S, B, D], { needsGrad: true });
    const keys = input();
    const values = isOne ? keys : input();
    const { context } = dotAttention(q, keys, values, 1, lengths);
    tape.grad(sum(mul(context, tape.constant(numbers([Q, B, D], 5), [Q, B, D]))));
    return [keys, values].map((x) => tape.gradient(x)!.toArray() as Float64Array);
  };
  const [together] = gradients(true);
  const [dkeys, dvalues] = gradients(false);
  const both = dkeys!.map((x, k) => x + dvalues![k]!);
  expect(largestDifference(together!, both)).toBeLessThan(1e-12);
});

test('a query of another width is refused by name', () => {
  const backend = createReferenceBackend();
  const attention = new Attention({ querySize: 4, memorySize: 4, score: 'dot' });
  Parameters.create(attention, backend, Rng.seeded(1));
  using tape = new Tape(backend);
  const memory = attention.projectMemory(tape.constant(new Array(8).fill(1), [2, 1, 4]));
  expect(() => attention.forward(tape.constant([1, 2, 3], [1, 1, 3]), memory)).toThrow(
    'dotAttention: keys must be [S, B=1, D=3], got [2, 1, 4]',
  );
});
