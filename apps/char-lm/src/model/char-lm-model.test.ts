import { CELL_NAMES, createReferenceBackend, Parameters, Rng, Stepper, Tape } from '@unroll/rnn-core';
import { describe, expect, test } from 'vitest';
import { type CharLmConfig, CharLmModel, networkConfigs, networkPrefixes } from './char-lm-model.ts';
import { CharLmNetwork } from './char-lm-network.ts';
import { networksInShort } from './networks-in-short.ts';

const CONFIG: CharLmConfig = {
  vocabSize: 7,
  cell: 'gru',
  hiddenSize: 6,
  numLayers: 1,
  embeddingSize: 6,
  tieWeights: true,
  layerNorm: false,
};
const [T, B] = [5, 2];
const X = Int32Array.from({ length: T * B }, (_, k) => (k * k) % 7);

function create(config: Partial<CharLmConfig>) {
  const backend = createReferenceBackend({ precision: 'float64' });
  const model = new CharLmModel({ ...CONFIG, ...config });
  const rng = Rng.seeded(4);
  for (const [, param] of Parameters.create(model, backend, rng))
    param.view().set(Float64Array.from({ length: param.size }, () => 0.5 * rng.normal()));
  return { backend, model };
}

const names = (model: CharLmModel | CharLmNetwork): string[] => [...model.namedParameters()].map(([name]) => name);

test('a single network has its own names, those of an ensemble one after another', () => {
  expect(names(new CharLmModel(CONFIG))).toStrictEqual(names(new CharLmNetwork(CONFIG)));
  const { model } = create({ ensembleSize: 3 });
  const prefixes = networkPrefixes(model.config);
  expect(names(model)).toStrictEqual(
    model.members.flatMap((network, k) => names(network).map((name) => `${prefixes[k]}${name}`)),
  );
});

test('every second network has blocks of half the units, unless all have', () => {
  const kinds = (config: Partial<CharLmConfig>) =>
    networkConfigs({ ...CONFIG, ...config }).map(
      ({ cell, hiddenSize, embeddingSize, numLayers, block = false, layerNorm }) => ({
        cell,
        sizes: [hiddenSize, embeddingSize, numLayers],
        block,
        layerNorm,
      }),
    );
  const gru = { cell: 'gru', sizes: [7, 6, 2], block: false, layerNorm: true };
  const blocks = { cell: 'mingru', sizes: [4, 4, 3], block: true, layerNorm: false };
  const config = { hiddenSize: 7, numLayers: 2, layerNorm: true };
  expect(kinds({ ...config, ensembleSize: 3 })).toStrictEqual([gru, blocks, gru]);
  const lstm = { cell: 'lstm', block: true, layerNorm: false } as const;
  expect(kinds({ ...lstm, ensembleSize: 2 })).toStrictEqual([0, 1].map(() => ({ ...lstm, sizes: [6, 6, 1] })));
});

test('is named in short by the kinds of its networks', () => {
  expect(networksInShort(create({}).model)).toBe('1×6 gru');
  expect(networksInShort(create({ ensembleSize: 3 }).model)).toBe('2 of 1×6 gru and 3×3 mingru in blocks');
});

test('the recurrent weights that a block does not have are not dropped', () => {
  const dropout = { embeddingDropout: 0, dropout: 0, weightDropout: 0.5, variationalDropout: false };
  expect(() => new CharLmModel({ ...CONFIG, ensembleSize: 2 }, dropout)).not.toThrow();
});

describe.each(CELL_NAMES)('an ensemble of %s', (cell) => {
  const { backend, model } = create({ cell, numLayers: 2, ensembleSize: 3 });
  using tape = new Tape(backend, { record: false });
  const ids = tape.ids(X, [T, B]);
  const { logits, state } = model.forward(ids, { state: model.zeroState(B) });
  const wanted = logits.toArray();
  const last = model.members.map((_, k) => model.stateOf(state, k).map(({ h }) => h.toArray()));

  test('has the mean of the logits, and each network its part of the state', () => {
    using _ = new Tape(backend, { record: false });
    const each = model.members.map((network, k) => {
      const alone = network.forward(Tape.current.ids(X, [T, B]), { state: network.zeroState(B) });
      expect(alone.state.map(({ h }) => h.toArray())).toEqual(last[k]);
      return alone.logits.toArray();
    });
    for (const [n, value] of wanted.entries())
      expect(value).toBeCloseTo((each[0]![n]! + each[1]![n]! + each[2]![n]!) / 3, 12);
  });

  test('has the same of embeddings, with the hidden states of its first network', () => {
    using _ = new Tape(backend, { record: false });
    const embedded = model.members.map(({ embedding }) => embedding.forward(Tape.current.ids(X, [T, B])));
    const output = model.forwardEmbedded(embedded, { state: model.zeroState(B) });
    for (const [n, value] of output.logits.toArray().entries()) expect(value).toBeCloseTo(wanted[n]!, 12);
    expect(output.hidden.map(({ shape }) => [...shape])).toEqual([
      [T, B, 6],
      [T, B, 6],
    ]);
  });

  test('has the same one id after another', () => {
    using stepper = new Stepper(backend, model);
    for (let t = 0; t < T; t++)
      for (const [v, value] of stepper.step(X[t * B]!).entries())
        expect(value).toBeCloseTo(wanted[t * B * 7 + v]!, 5);
  });
});
