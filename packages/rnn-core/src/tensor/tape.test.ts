import { describe, expect, test } from 'vitest';
import { Lstm } from '../nn/cells.ts';
import { Embedding } from '../nn/embedding.ts';
import { constant } from '../nn/initializers.ts';
import { Linear } from '../nn/linear.ts';
import { Parameters } from '../nn/parameters.ts';
import { crossEntropy } from '../ops/cross-entropy.ts';
import { add, mul, scale, tanh } from '../ops/elementwise.ts';
import { embedding } from '../ops/embedding.ts';
import { linear } from '../ops/linear.ts';
import { lstmSequence, rnnSequence } from '../ops/recurrent.ts';
import { mean, sum } from '../ops/reduce.ts';
import { createReferenceBackend } from '../reference/backend.ts';
import { Rng } from '../rng.ts';
import { Tape } from './tape.ts';
import type { Ids, Tensor } from './tensor.ts';

const backend = createReferenceBackend();

describe('a tape is used as it must be', () => {
  test('an op without an open tape says what to write', () => {
    const tape = new Tape(backend);
    const x = tape.constant([1], [1]);
    tape[Symbol.dispose]();
    expect(() => tanh(x)).toThrow('Tape: an op needs an open tape; write `using tape = new Tape(backend)` before it');
    expect(() => tape[Symbol.dispose]()).toThrow('Tape: tapes must be closed once each');
  });

  test('tapes are closed in the reverse order of their opening', () => {
    using outer = new Tape(backend);
    using _inner = new Tape(backend);
    expect(() => outer[Symbol.dispose]()).toThrow('Tape: tapes must be closed once each, in the reverse order');
  });

  test('memory comes from the innermost tape of a backend; another backend is another matter', () => {
    using outer = new Tape(backend);
    const other = createReferenceBackend();
    {
      using _other = new Tape(other);
      outer.constant([1], [1]);
    }
    using _inner = new Tape(backend);
    expect(() => outer.constant([1], [1])).toThrow('Tape: memory must come from the innermost open tape');
  });

  test('a tensor of an ended step is refused, and its memory used again', () => {
    let x: Tensor;
    let ptr: number;
    {
      using tape = new Tape(backend);
      x = scale(tape.constant([1, 2], [2]), 2);
      ptr = x.ptr;
    }
    expect(() => x.toArray()).toThrow('Tensor scale: the step that made it has ended; carry() what must outlive it');
    using tape = new Tape(backend);
    expect(scale(tape.constant([1, 2], [2]), 2).ptr).toBe(ptr);
    expect(() => tanh(x)).toThrow('Tensor scale: the step that made it has ended');
  });

  test('ids and gradients of an ended step are refused', () => {
    const table = () => Tape.current.constant([1, 2], [2, 1], { needsGrad: true });
    let ids: Ids;
    let [tape, x] = [new Tape(backend), undefined as Tensor | undefined];
    {
      using first = tape;
      ids = first.ids(Int32Array.of(1), [1]);
      x = table();
      first.grad(sum(embedding(x, ids)));
      expect(first.gradient(x)?.toArray()).toEqual(Float32Array.of(0, 1));
    }
    expect(() => tape.gradient(x)).toThrow('Tape.gradient: constant: the step that made it has ended');
    using _ = (tape = new Tape(backend));
    expect(() => embedding(table(), ids)).toThrow('Ids: the step that made them has ended; make them again');
    expect(() => crossEntropy(table(), ids)).toThrow('crossEntropy: targets must be [rows=2]');
  });

  test('ids, carried states and losses of elsewhere are refused', () => {
    using elsewhere = new Tape(createReferenceBackend());
    const [ids, state] = [elsewhere.ids(Int32Array.of(0), [1]), elsewhere.zeros([1])];
    using outer = new Tape(backend);
    const loss = sum(scale(outer.constant([1], [1], { needsGrad: true }), 2));
    using tape = new Tape(backend);
    const x = tape.constant([1], [1, 1]);
    expect(() => embedding(x, ids)).toThrow("embedding: inputs must be on the tape's backend, got ids on another");
    expect(() => crossEntropy(x, ids)).toThrow(
      "crossEntropy: inputs must be on the tape's backend, got ids on another",
    );
    for (const [from, into] of [
      [x, state],
      [state, x],
    ] as const)
      expect(() => tape.carry(from, into)).toThrow("Tape.carry: inputs must be on the tape's backend, got zeros on");
    expect(() => tape.grad(loss)).toThrow('Tape.grad: loss must be of this tape, got sum of another');
  });

  test('a closed backend is refused, and can be closed again', () => {
    const closed = createReferenceBackend();
    const kept = closed.heap.allocate(8);
    closed.close();
    closed.close();
    closed.heap.free(kept);
    const refusal = 'reference: backend must be open, got one that was closed; open another';
    expect(() => closed.heap.real(kept, 2)).toThrow(refusal);
    expect(() => closed.heap.allocate(1 << 20)).toThrow(refusal);
    expect(() => closed.kernels.fill(kept, 0, 2)).toThrow(refusal);
    expect(() => {
      using tape = new Tape(closed);
      tape.constant([1], [1]);
    }).toThrow(refusal);
    expect(() => Parameters.create(new Linear({ inFeatures: 1, outFeatures: 1 }), closed, Rng.seeded(1))).toThrow(
      refusal,
    );
  });

  test('a failure while a state is carried still closes the tape', () => {
    expect(() => {
      using tape = new Tape(backend);
      const x = tape.constant([1, 2], [1, 1, 2]);
      tape.carry(x, tape.constant([0, 0], [2]));
      rnnSequence(
        x,
        tape.constant([1, 0, 0, 1], [2, 2]),
        tape.constant([0, 0], [2]),
        tape.constant([0, 0], [1, 2]),
        'tanh',
      );
    }).toThrow('it was overwritten by rnnSequence');
    expect(() => Tape.current).toThrow('an op needs an open tape');
  });

  test('a number of constants that is not that of the shape is refused', () => {
    using tape = new Tape(backend);
    expect(() => tape.constant([1, 2], [3])).toThrow('Tape.constant: values must be 3 for [3], got 2');
    expect(() => tape.ids(Int32Array.of(1), [2, 2])).toThrow('Tape.ids: values must be 4 for [2, 2], got 1');
    expect(() => tape.carry(tape.constant([1], [1]), tape.constant([1, 2], [2]))).toThrow(
      'Tape.carry: from must be [2]',
    );
  });

  test('tensors of two backends are not mixed', () => {
    using other = new Tape(createReferenceBackend());
    const x = other.constant([1], [1]);
    using _tape = new Tape(backend);
    expect(() => tanh(x)).toThrow("tanh: inputs must be on the tape's backend, got constant on another");
  });

  test('no gradient crosses tapes, but a number may', () => {
    using outer = new Tape(backend);
    const [learnt, given] = [outer.constant([1], [1], { needsGrad: true }), outer.constant([2], [1])];
    using tape = new Tape(backend);
    expect(() => tanh(learnt)).toThrow(
      'tanh: inputs must be of this tape, since no gradient crosses tapes, got constant',
    );
    const x = tape.constant([3], [1], { needsGrad: true });
    tape.grad(mul(x, given));
    expect(tape.gradient(x)!.item()).toBe(2);
    using _inference = new Tape(backend, { record: false });
    expect(scale(learnt, 2).item()).toBe(2);
  });
});

describe('what an op consumes', () => {
  test('is refused afterwards by name', () => {
    using tape = new Tape(backend);
    const xg = tape.constant([1, 2, 3, 4], [1, 1, 4]);
    const [h, w, b] = [
      tape.constant([0], [1, 1]),
      tape.constant([1, 1, 1, 1], [4, 1]),
      tape.constant([0, 0, 0, 0], [4]),
    ];
    lstmSequence(xg, w, b, h, h);
    expect(() => xg.view()).toThrow('Tensor constant: it was overwritten by lstmSequence, which consumes its input');
  });

  test('must be a whole tensor of the step: others must not find it overwritten', () => {
    using tape = new Tape(backend);
    const two = tape.constant([1, 2], [2, 1, 1]);
    const [h, w, b] = [tape.constant([0], [1, 1]), tape.constant([1], [1, 1]), tape.constant([0], [1])];
    expect(() => rnnSequence(two.rows(0, 1), w, b, h, 'tanh')).toThrow(
      'rnnSequence: what it consumes must be a whole tensor of this step, got constant',
    );
    expect([...two.toArray()]).toEqual([1, 2]);
    const model = new Linear({ inFeatures: 1, outFeatures: 1 });
    Parameters.create(model, backend, Rng.seeded(1));
    expect(() => rnnSequence(model.weight.reshape(1, 1, 1), w, b, h, 'tanh')).toThrow('got weight');
  });
});

describe('grad', () => {
  const model = new Linear({ inFeatures: 2, outFeatures: 1, initializer: constant(1) });
  const parameters = Parameters.create(model, backend, Rng.seeded(1));
  const gradient = (): number[] => [...parameters.gradient(model.weight).toArray()];
  const loss = (tape: Tape, x: readonly number[]): Tensor => sum(model.forward(tape.constant(x, [1, 2])));

  test('replaces the gradients of the step before, and adds to them when asked', () => {
    for (const [accumulate, wanted] of [
      [false, [1, 2]],
      [false, [1, 2]],
      [true, [2, 4]],
      [true, [3, 6]],
    ] as const) {
      using tape = new Tape(backend);
      tape.grad(loss(tape, [1, 2]), parameters, { accumulate });
      expect(gradient()).toEqual(wanted);
    }
  });

  test('is zero for what the loss does not depend on', () => {
    using tape = new Tape(backend);
    tape.grad(sum(tanh(model.bias as Tensor)), parameters);
    expect(gradient()).toEqual([0, 0]);
  });

  test('is undefined for a tensor nothing flowed into', () => {
    using tape = new Tape(backend);
    const [x, y] = [1, 2].map((value) => tape.constant([value], [1], { needsGrad: true }));
    tape.grad(tanh(x!));
    expect(tape.gradient(y!)).toBeUndefined();
    expect(tape.gradient(x!)!.item()).toBeCloseTo(1 - Math.tanh(1) ** 2, 6);
  });

  test('is taken once, of one number, that depends on something, on a tape that records', () => {
    using tape = new Tape(backend);
    const one = loss(tape, [1, 2]);
    expect(() => tape.grad(tape.constant([1, 2], [2]))).toThrow('Tape.grad: loss must be one number, got [2]');
    expect(() => tape.grad(tape.constant([1], []))).toThrow(
      'Tape.grad: loss must depend on something learnt, on a tape that records, got constant',
    );
    tape.grad(one, parameters);
    expect(() => tape.grad(one, parameters)).toThrow(
      'Tape.grad: gradients must be taken once a tape, got a second call',
    );
    using inference = new Tape(backend, { record: false });
    expect(() => inference.grad(loss(inference, [1, 2]))).toThrow('on a tape that records');
  });
});

describe('a sparse table', () => {
  const model = new Embedding({ numEmbeddings: 4, embeddingDim: 2, sparse: true, initializer: constant(1) });
  const parameters = Parameters.create(model, backend, Rng.seeded(1));
  const { weight } = model;
  const regions = () => [...parameters.regions()].map(({ offset, size }) => ({ offset, size }));

  test('has a gradient in the rows looked up, neighbours as one region, and zero elsewhere', () => {
    for (const [ids, wanted] of [
      [
        [3, 1, 3],
        [0, 0, 1, 1, 0, 0, 2, 2],
      ],
      [
        [2, 1],
        [0, 0, 1, 1, 1, 1, 0, 0],
      ],
    ] as const) {
      using tape = new Tape(backend);
      tape.grad(sum(model.forward(tape.ids(Int32Array.from(ids), [ids.length]))), parameters);
      expect([...parameters.gradient(weight).toArray()]).toEqual(wanted);
    }
    expect(regions()).toEqual([{ offset: 2, size: 4 }]);
  });

  test('has a gradient everywhere when it is used otherwise', () => {
    using tape = new Tape(backend);
    const x = model.forward(tape.ids(Int32Array.of(2), [1]));
    tape.grad(sum(linear(x, weight)), parameters);
    expect(regions()).toEqual([{ offset: 0, size: 8 }]);
    expect([...parameters.gradient(weight).toArray()]).toEqual([1, 1, 1, 1, 5, 5, 1, 1]);
  });

  test('has the rows of this step, and of all its batches', () => {
    const [first, second] = [
      { offset: 0, size: 2 },
      { offset: 4, size: 2 },
    ];
    for (const [id, accumulate, wanted] of [
      [0, false, [first]],
      [2, false, [second]],
      [0, true, [first, second]],
    ] as const) {
      using tape = new Tape(backend);
      tape.grad(sum(model.forward(tape.ids(Int32Array.of(id), [1]))), parameters, { accumulate });
      expect(regions()).toEqual(wanted);
    }
  });
});

const firstValues = (names: readonly string[]) => {
  const parts = names.map(
    (name) => [name, new Embedding({ numEmbeddings: 3, embeddingDim: 2 }).weight] as [string, Embedding['weight']],
  );
  Parameters.create({ namedParameters: () => parts }, backend, Rng.seeded(1));
  return Object.fromEntries(parts.map(([name, param]) => [name, [...param.toArray()]]));
};

describe('parameters', () => {
  test('lie in one region: dense ones, then sparse ones, then frozen ones', () => {
    const parts = [{ freeze: true }, { sparse: true }, {}].map(
      (options) => new Embedding({ numEmbeddings: 2, embeddingDim: 1, ...options }),
    );
    const named = parts.map((part, k): [string, Embedding['weight']] => [`part${k}`, part.weight]);
    const parameters = Parameters.create({ namedParameters: () => named }, backend, Rng.seeded(1));
    expect(Array.from(parameters, ([name]) => name)).toEqual(['part2', 'part1', 'part0']);
    expect(parts.map(({ weight }) => (weight.ptr - parameters.values) / 4)).toEqual([4, 2, 0]);
    expect([...parameters.regions()]).toMatchObject([{ offset: 0, size: 2 }]);
  });

  test('get the same first values in whatever order they are made, and others by another name', () => {
    expect(firstValues(['b', 'a'])).toEqual(firstValues(['a', 'b']));
    expect(firstValues(['a'])['a']).not.toEqual(firstValues(['b'])['b']);
  });

  test('stand once each', () => {
    const { weight } = new Embedding({ numEmbeddings: 2, embeddingDim: 1 });
    const create = (...names: string[]) =>
      Parameters.create({ namedParameters: () => names.map((name) => [name, weight]) }, backend, Rng.seeded(1));
    expect(() => create('a', 'b')).toThrow('Parameters: each must occur once, got b again');
  });

  test('are refused before they have memory and after it was freed', () => {
    const model = new Lstm({ inputSize: 1, hiddenSize: 1 });
    using tape = new Tape(backend);
    const x = tape.constant([1], [1, 1, 1]);
    expect(() => model.forward(x)).toThrow('call Parameters.create(model, backend, rng) before using it');
    const parameters = Parameters.create(model, backend, Rng.seeded(1));
    expect(mean(model.forward(x).y).item()).not.toBeNaN();
    parameters.free();
    expect(() => model.forward(x)).toThrow('its parameters have been freed');
  });
});

test('a step that fails leaves the tape before it as it was', () => {
  using outer = new Tape(backend);
  const kept = outer.constant([1, 2], [2]);
  expect(() => {
    using tape = new Tape(backend);
    add(tape.constant([1, 2, 3], [3]), kept);
  }).toThrow('add: shapes must broadcast, got [3] and [2]');
  expect([...add(kept, kept).toArray()]).toEqual([2, 4]);
});
