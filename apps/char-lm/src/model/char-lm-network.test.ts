import {
  CELL_NAMES,
  createReferenceBackend,
  crossEntropy,
  type Linear,
  Parameters,
  Rng,
  Stepper,
  Tape,
} from '@unroll/rnn-core';
import { describe, expect, test } from 'vitest';
import { type CharLmDropout, CharLmNetwork, type NetworkConfig } from './char-lm-network.ts';

const CONFIG: NetworkConfig = {
  vocabSize: 7,
  cell: 'lstm',
  hiddenSize: 5,
  numLayers: 2,
  embeddingSize: 4,
  tieWeights: false,
  layerNorm: false,
};
const BLOCKS = { block: true, embeddingSize: 5 } as const;
const [T, B] = [6, 3];
const X = Int32Array.from({ length: T * B }, (_, k) => (k * k) % 7);
const Y = Int32Array.from({ length: T * B }, (_, k) => (k * k + 1) % 7);

function create(config: Partial<NetworkConfig>, dropout?: CharLmDropout) {
  const backend = createReferenceBackend({ precision: 'float64' });
  const model = new CharLmNetwork({ ...CONFIG, ...config }, dropout);
  const parameters = Parameters.create(model, backend, Rng.seeded(3));
  // The output layer is initialised to zero, where no gradient flows back; perturb all parameters.
  const values = () => backend.heap.real(parameters.values, parameters.size); // a view does not survive a growing heap
  const rng = Rng.seeded(4);
  const shake = (size: number) => values().forEach((x, k, all) => (all[k] = x + size * rng.normal()));
  const loss = (rng?: Rng, isGradient = false): number => {
    using tape = new Tape(backend);
    const { logits } = model.forward(tape.ids(X, [T, B]), { state: model.zeroState(B), rng });
    const loss = crossEntropy(logits, tape.ids(Y, [T, B]));
    if (isGradient) tape.grad(loss, parameters);
    return loss.item();
  };
  return { backend, model, parameters, values, loss, shake };
}

test('is initialised to a uniform distribution over the characters', () => {
  expect(create({}).loss()).toBeCloseTo(Math.log(7), 12);
});

const names = (config: Partial<NetworkConfig>): string[] =>
  [...new CharLmNetwork({ ...CONFIG, ...config }).namedParameters()].map(([name]) => name);

test('names its parameters as torch would', () => {
  expect(names({ numLayers: 1 })).toStrictEqual([
    'embedding.weight',
    'layers.0.weight_ih_l0',
    'layers.0.weight_hh_l0',
    'layers.0.bias_ih_l0',
    'layers.0.bias_hh_l0',
    'head.weight',
    'head.bias',
  ]);
  expect(names({ numLayers: 1, tieWeights: true, embeddingSize: 5, layerNorm: true })).toContain('norms.0.weight');
  expect(names({ tieWeights: true, embeddingSize: 5 })).not.toContain('head.weight');
});

test('tied weights need equal sizes', () => {
  expect(() => create({ tieWeights: true })).toThrow(
    'CharLmNetwork: embeddingSize must equal hiddenSize 5 with tieWeights, got 4',
  );
});

test('names the parts of blocks by what they are', () => {
  expect(names({ ...BLOCKS, numLayers: 1 }).filter((name) => !name.startsWith('layers'))).toStrictEqual([
    'embedding.weight',
    ...['norms.0', 'norms.1', 'convolutions.0', 'gates.0', 'projections.0', 'head'].flatMap((name) => [
      `${name}.weight`,
      `${name}.bias`,
    ]),
  ]);
});

test('the hidden weights of blocks, which Muon updates, are those of cell, gate and projection', () => {
  const hidden = (config: Partial<NetworkConfig>) =>
    [...new CharLmNetwork({ ...CONFIG, ...BLOCKS, numLayers: 1, ...config }).namedParameters()]
      .filter(([, { matrices }]) => matrices > 0)
      .map(([name]) => name);
  const around = ['gates.0.weight', 'projections.0.weight'];
  expect(hidden({ cell: 'mingru' })).toStrictEqual(['layers.0.weight_ih_l0', ...around]);
  expect(hidden({ cell: 'lstm' })).toStrictEqual(['layers.0.weight_hh_l0', ...around]);
});

test('blocks need equal sizes, and have norms of their own', () => {
  expect(() => create({ block: true })).toThrow(
    'CharLmNetwork: embeddingSize must equal hiddenSize 5 with block, got 4',
  );
  expect(() => create({ ...BLOCKS, layerNorm: true })).toThrow('CharLmNetwork: layerNorm must be false with block');
});

test('a block whose projection is zero passes on what it is given', () => {
  const { model, shake } = create(BLOCKS);
  shake(0.3);
  for (const { weight, bias } of model.projections) for (const param of [weight, bias!]) param.view().fill(0);
  using _ = new Tape(model.embedding.weight.storage.backend, { record: false });
  const ids = Tape.current.ids(X, [T, B]);
  const passed = (model.head as Linear).forward(model.norms.at(-1)!.forward(model.embedding.forward(ids)));
  const { logits } = model.forward(ids, { state: model.zeroState(B) });
  for (const [k, value] of logits.toArray().entries()) expect(value).toBeCloseTo(passed.toArray()[k]!, 12);
});

test('the lowest block of ids is that of their embeddings', () => {
  const { backend, model, shake } = create(BLOCKS);
  shake(0.3);
  using _ = new Tape(backend, { record: false });
  const ids = Tape.current.ids(X, [T, B]); // more than there are characters: the table is normed in their place
  const state = model.zeroState(B);
  const wanted = model.forwardEmbedded(model.embedding.forward(ids), { state }).logits.toArray();
  for (const [k, value] of model.forward(ids, { state }).logits.toArray().entries())
    expect(value).toBeCloseTo(wanted[k]!, 12);
});

test('the forget gates of an LSTM are initialised open', () => {
  const { model } = create({});
  const bias = [...model.layers[0]!.directions[0]!.biasHh!.view()];
  expect(bias).toStrictEqual([0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
});

describe.each(CELL_NAMES)('%s', (cell) => {
  test.each([{}, { tieWeights: true, embeddingSize: 5 }, { layerNorm: true }, { numLayers: 1 }, BLOCKS])(
    'with %o has the gradient of its loss',
    (config) => {
      const { loss, shake, parameters, values, backend } = create({ cell, ...config });
      shake(0.1);
      loss(undefined, true);
      const gradient = [...backend.heap.real(parameters.gradients, parameters.size)];
      const rng = Rng.seeded(9);
      const direction = gradient.map(() => rng.normal());
      const start = [...values()];
      const at = (epsilon: number): number => {
        values().set(start.map((x, k) => x + epsilon * direction[k]!));
        return loss();
      };
      const slope = (at(1e-5) - at(-1e-5)) / 2e-5;
      expect(gradient.reduce((sum, g, k) => sum + g * direction[k]!, 0)).toBeCloseTo(slope, 7);
    },
  );

  test.each([{}, BLOCKS])('with %o reading in windows equals reading at once', (config) => {
    const { backend, model, shake } = create({ cell, ...config });
    shake(0.3);
    using _ = new Tape(backend, { record: false });
    const read = (ids: Int32Array, state = model.zeroState(B)) => {
      const T = ids.length / B;
      return model.forward(Tape.current.ids(ids, [T, B]), { state });
    };
    const whole = read(X).logits.toArray();
    const first = read(X.slice(0, 2 * B));
    const second = read(X.slice(2 * B), first.state);
    const parts = [...first.logits.toArray(), ...second.logits.toArray()];
    for (const [k, value] of parts.entries()) expect(value).toBeCloseTo(whole[k]!, 12);
  });
});

test.each([{}, { tieWeights: true, embeddingSize: 5 }, { layerNorm: true, numLayers: 3 }, { numLayers: 1 }, BLOCKS])(
  'with %o the stepper gives the logits of reading at once',
  (config) => {
    const { backend, model, shake } = create(config);
    shake(0.3);
    using _ = new Tape(backend, { record: false });
    const ids = X.slice(0, T);
    const wanted = model.forward(Tape.current.ids(ids, [T, 1]), { state: model.zeroState(1) }).logits.toArray();
    using stepper = new Stepper(backend, model);
    const stepped = [...ids].flatMap((id) => [...stepper.step(id)]);
    for (const [k, value] of stepped.entries()) expect(value).toBeCloseTo(wanted[k]!, 12);
  },
);

const NO_DROPOUT: CharLmDropout = {
  embeddingDropout: 0,
  dropout: 0,
  weightDropout: 0,
  variationalDropout: false,
};

test.each([
  { embeddingDropout: 0.5 },
  { dropout: 0.5 },
  { weightDropout: 0.5 },
  { dropout: 0.5, variationalDropout: true },
  { dropout: 0.5, ...BLOCKS },
  { embeddingDropout: 0.5, ...BLOCKS },
])(
  '%o applies in training, depends on its random stream alone, and does not apply at evaluation',
  ({ block = false, embeddingSize = 4, ...dropout }: Partial<CharLmDropout & NetworkConfig>) => {
    const config = { block, embeddingSize };
    const { loss, shake } = create(config, { ...NO_DROPOUT, ...dropout });
    const plain = create(config);
    shake(0.3);
    plain.shake(0.3);
    const rng = Rng.seeded(1);
    expect(loss(rng.split(1))).toBe(loss(rng.split(1)));
    expect(loss(rng.split(1))).not.toBe(loss(rng.split(2)));
    expect(loss(rng.split(1))).not.toBe(loss());
    expect(loss()).toBe(plain.loss());
  },
);
