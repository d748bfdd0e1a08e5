import { readFileSync } from 'node:fs';
import { createReferenceBackend, Parameters, Rng, Tape } from '@unroll/rnn-core';
import { describe, expect, test } from 'vitest';
import { teacherForcing } from '../training/teacher-forcing.ts';
import { noDropout, trainingDropout } from './dropout.ts';
import type { TranslationModelConfig } from './model-config.ts';
import { TranslationModel } from './translation-model.ts';

interface Golden extends Pick<TranslationModelConfig, 'cell' | 'decoder' | 'attention'> {
  readonly loss: number;
  readonly gradients: Readonly<Record<string, readonly number[]>>;
}

const golden = JSON.parse(
  readFileSync(new URL('translation-model.golden.json', import.meta.url), 'utf8'),
) as Golden[];
const SIZES = {
  sourceVocabSize: 5,
  targetVocabSize: 4,
  embeddingSize: 3,
  hiddenSize: 2,
  decoderHiddenSize: 4,
  numLayers: 1,
};
const EOS = { source: 0, target: 0 };
const PAIRS = [
  { source: Int32Array.of(1, 2, 3), target: Int32Array.of(1, 2) },
  { source: Int32Array.of(4, 1), target: Int32Array.of(3, 3, 1, 2) },
  { source: Int32Array.of(2), target: new Int32Array(0) },
];

/** A translator in float64 whose weights are those of the script that made the golden vectors. */
function formulaModel(
  config: Pick<TranslationModelConfig, 'cell' | 'decoder' | 'attention'>,
  more: Partial<TranslationModelConfig> = {},
) {
  const backend = createReferenceBackend({ precision: 'float64' });
  const model = new TranslationModel({ ...SIZES, sharedEmbedding: false, tieWeights: true, ...config, ...more });
  const parameters = Parameters.create(model, backend, Rng.seeded(1));
  for (const [name, param] of parameters)
    param.view().set(Float64Array.from({ length: param.size }, (_, k) => 0.5 * Math.cos(0.7 * k + name.length)));
  return { backend, model, parameters };
}

describe.each(golden)('$decoder decoder, $attention attention, $cell', ({ loss: wanted, gradients, ...config }) => {
  test("loss and every gradient are PyTorch's", () => {
    const { backend, model, parameters } = formulaModel(config);
    using tape = new Tape(backend);
    const { loss } = teacherForcing(model, PAIRS, EOS, noDropout, 0.1);
    tape.grad(loss, parameters);
    expect(loss.item()).toBeCloseTo(wanted, 9);
    expect([...parameters].map(([name]) => name).sort()).toEqual(Object.keys(gradients).sort());
    const wrong = [...parameters].filter(([name, param]) => {
      const found = parameters.gradient(param).toArray();
      return !gradients[name]!.every((x, k) => Math.abs(x - found[k]!) < 1e-9);
    });
    expect(wrong.map(([name]) => name)).toEqual([]);
  });

  test('decoding step by step equals decoding all at once', () => {
    const { backend, model } = formulaModel(config);
    using tape = new Tape(backend);
    const { sources, state } = model.encode(tape.ids(Int32Array.of(1, 2, 3, 0), [4, 1]), Int32Array.of(4), noDropout);
    const tokens = Int32Array.of(0, 3, 1, 2);
    const together = model.decode(tape.ids(tokens, [4, 1]), { sources, state }, noDropout);
    let step = { state };
    for (const [t, token] of tokens.entries()) {
      const one = model.decode(tape.ids(Int32Array.of(token), [1, 1]), { sources, ...step }, noDropout);
      expect([...one.features.toArray()]).toEqual([...together.features.row(t).toArray()]);
      step = one;
    }
  });
});

test('an ensemble has the mean logits and attention weights of its networks, each under its own names', () => {
  const backend = createReferenceBackend({ precision: 'float64' });
  const config = { ...SIZES, sharedEmbedding: false, tieWeights: true } as const;
  const kind = { cell: 'gru', decoder: 'interleaved', attention: 'general' } as const;
  const both = new TranslationModel({ ...config, ...kind, ensembleSize: 2 });
  const parameters = Parameters.create(both, backend, Rng.seeded(1));
  expect([...parameters].map(([name]) => name)).toContain('members.1.decoder.read.weight');
  using tape = new Tape(backend);
  const outputs = [both, ...both.members].map((model) => {
    const encoded = model.encode(tape.ids(Int32Array.of(1, 2, 3, 0), [4, 1]), Int32Array.of(4), noDropout);
    const { features, weights } = model.decode(tape.ids(Int32Array.of(0, 3), [2, 1]), encoded as never, noDropout);
    return [model.logits(features), weights].map((x) => [...x!.toArray()]) as [number[], number[]];
  });
  const [of, ...ofEach] = outputs as [[number[], number[]], ...[number[], number[]][]];
  for (const what of [0, 1] as const) {
    const [a, b] = ofEach.map((each) => each[what]) as [number[], number[]];
    expect(a).not.toEqual(b);
    for (const [k, x] of of[what].entries()) expect(x).toBeCloseTo(((a[k] as number) + (b[k] as number)) / 2, 12);
  }
});

test('a shared embedding is one parameter less, untied weights one more', () => {
  const names = (more: Partial<TranslationModelConfig>) =>
    [...formulaModel({ cell: 'gru', decoder: 'interleaved', attention: 'general' }, more).parameters].map(
      ([name]) => name,
    );
  expect(names({ sharedEmbedding: true, sourceVocabSize: 4 })).not.toContain('source.weight');
  expect(names({ tieWeights: false })).toContain('output.weight');
  expect(names({ numLayers: 2 })).toContain('encoder.layer1.weight_hh_l0_reverse');
});

test('variational dropout has one mask for all positions of a sentence, ordinary dropout does not', () => {
  using tape = new Tape(createReferenceBackend());
  const ones = tape.constant(new Array(60).fill(1), [3, 2, 10]);
  const rows = (variationalDropout: boolean) => {
    const y = trainingDropout({ dropout: 0.5, variationalDropout }, Rng.seeded(1))(ones, 'here');
    return [0, 1, 2].map((t) => y.row(t).toArray().join());
  };
  expect(new Set(rows(true)).size).toBe(1);
  expect(new Set(rows(false)).size).toBe(3);
});
