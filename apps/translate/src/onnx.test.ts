import { ONNX_CELLS } from '@unroll/interop/onnx';
import { array, EvaluatedOnnx, type NumberArray } from '@unroll/interop/testing';
import { createReferenceBackend, Parameters, Rng } from '@unroll/rnn-core';
import { pad } from '@unroll/text';
import { expect, test } from 'vitest';
import { DECODERS } from './model/decoder.ts';
import { ATTENTIONS, type TranslationModelConfig } from './model/model-config.ts';
import { TranslationModel } from './model/translation-model.ts';
import { onnxDecoder, onnxEncoder } from './onnx.ts';
import { beamSearch } from './search/beam-search.ts';
import { DEFAULT_SEARCH } from './translator.ts';

const backend = createReferenceBackend();
const INFO = { description: '', metadata: {} };
const EOS = 0;
const SOURCES = [Int32Array.of(1, 2, 3, EOS), Int32Array.of(4, EOS), Int32Array.of(2, 2, 1, 3, EOS)];
const STEPS = 6;

const SIZES = {
  sourceVocabSize: 5,
  targetVocabSize: 5,
  embeddingSize: 4,
  hiddenSize: 2,
  decoderHiddenSize: 4,
  numLayers: 1,
  sharedEmbedding: false,
  tieWeights: true,
};

const CASES = [
  ...DECODERS.flatMap((decoder) => ATTENTIONS.map((attention) => ({ decoder, attention }))).map((given, k) => ({
    ...given,
    cell: ONNX_CELLS[k % ONNX_CELLS.length] ?? 'gru',
  })),
  {
    decoder: 'interleaved',
    attention: 'additive',
    cell: 'gru',
    numLayers: 2,
    sharedEmbedding: true,
    tieWeights: false,
  },
  { decoder: 'interleaved', attention: 'additive', cell: 'lstm', ensembleSize: 2 },
  { decoder: 'input-feeding', attention: 'none', cell: 'gru', ensembleSize: 3 },
] as const;

for (const given of CASES)
  test(`greedy decoding with the exported model writes what ours does: ${JSON.stringify(given)}`, () => {
    const config: TranslationModelConfig = {
      ...SIZES,
      ...given,
    };
    const model = new TranslationModel(config);
    const rng = Rng.seeded(9);
    for (const [, param] of Parameters.create(model, backend, rng))
      param.view().set(Float32Array.from({ length: param.size }, () => 3 * (rng.uniform() - 0.5)));
    for (const { output } of model.members) output.bias.view()[EOS] = -9; // so that translations are long
    const search = { ...DEFAULT_SEARCH, beamSize: 1, maxLength: STEPS, withAttention: true };
    const ours = beamSearch({ model, backend, eos: EOS }, SOURCES, search).map(([best]) => best);

    const [encoder, decoder] = [onnxEncoder(model), onnxDecoder(model)].map((g) => new EvaluatedOnnx(g.encode(INFO)));
    const { T, B, ids, lengths } = pad(SOURCES);
    const fixed = { lengths: array([B], lengths) };
    const feeds: Record<string, NumberArray> = {
      ...(encoder as EvaluatedOnnx).run({ input_ids: array([T, B], ids), ...fixed }),
      ...fixed,
      input_ids: array([B], new Int32Array(B).fill(EOS)),
    };
    const written: number[][] = SOURCES.map(() => []);
    const attended: number[][] = SOURCES.map(() => []);
    for (let t = 0; t < STEPS; t++) {
      const { logits, attention, ...next } = (decoder as EvaluatedOnnx).run(feeds);
      const V = config.targetVocabSize;
      const tokens = SOURCES.map((_, b) => {
        const row = logits?.data.subarray(b * V, (b + 1) * V) ?? new Float64Array();
        return row.indexOf(Math.max(...row));
      });
      for (const [b, token] of tokens.entries()) {
        written[b]?.push(token);
        attended[b]?.push(...(attention?.data.subarray(b * T, b * T + (lengths[b] as number)) ?? []));
      }
      for (const [name, value] of Object.entries(next)) feeds[name.replace('next_', '')] = value;
      feeds['input_ids'] = array([B], tokens);
    }
    for (const [b, best] of ours.entries()) {
      expect([...(best?.ids ?? [])]).toEqual(written[b]);
      const weights = best?.attention.slice(0, STEPS).flatMap((row) => [...row]) ?? [];
      expect(attended[b]).toHaveLength(weights.length);
      for (const [k, weight] of weights.entries()) expect(attended[b]?.[k]).toBeCloseTo(weight, 5);
    }
  });
