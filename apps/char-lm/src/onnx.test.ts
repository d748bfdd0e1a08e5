import { ONNX_CELLS } from '@unroll/interop/onnx';
import { array, EvaluatedOnnx } from '@unroll/interop/testing';
import { createReferenceBackend, hasCellState, Parameters, Rng, Tape } from '@unroll/rnn-core';
import { vocabularyFromText } from '@unroll/text';
import { describe, expect, test } from 'vitest';
import { type CharLmConfig, CharLmModel } from './model/char-lm-model.ts';
import { exportOnnx } from './onnx.ts';

const backend = createReferenceBackend();
const vocabulary = vocabularyFromText('abcde\n', 'codepoint');
const [T, B, H, V] = [4, 2, 3, vocabulary.size];
const IDS = Int32Array.of(1, 2, 3, 4, 5, 0, 6, 1);
const LENGTHS = Int32Array.of(4, 3);
const FILES = {
  'config.json': Buffer.from('{"model_type":"char-lm"}'),
  'tokenizer.json': Buffer.from(JSON.stringify(vocabulary)),
};

/** A model none of whose weights are zero, and its files. */
function exported(config: Partial<CharLmConfig>) {
  const sizes = { vocabSize: V, cell: 'gru', hiddenSize: H, embeddingSize: H, numLayers: 1 } as const;
  const model = new CharLmModel({ ...sizes, tieWeights: false, layerNorm: false, ...config });
  const rng = Rng.seeded(5);
  for (const [, param] of Parameters.create(model, backend, rng))
    param.view().set(Float32Array.from({ length: param.size }, () => rng.uniform() - 0.5));
  return { model, files: exportOnnx({ model, vocabulary }, FILES) };
}

describe('the exported network computes what the model does', () => {
  for (const cell of ONNX_CELLS)
    for (const numLayers of [1, 2])
      for (const [tieWeights, layerNorm, block] of [
        [false, false, false],
        [true, true, false],
        [true, false, true],
      ] as const)
        test(`${cell}, ${numLayers} layers, tied ${tieWeights}, layer norm ${layerNorm}, blocks ${block}`, () => {
          const { model, files } = exported({ cell, numLayers, tieWeights, layerNorm, block });
          using tape = new Tape(backend, { record: false });
          const ids = tape.ids(IDS, [T, B]);
          const first = model.forward(ids, { state: model.zeroState(B) });
          const second = model.forward(ids, { state: first.state });

          const onnx = new EvaluatedOnnx(files['model.onnx'] as Uint8Array);
          const feeds = { input_ids: array([T, B], IDS), lengths: array([B], [T, T]) };
          const zeros = {
            h_0: array([numLayers, B, H]),
            ...(hasCellState(cell) && { c_0: array([numLayers, B, H]) }),
            ...(block && { x_0: array([numLayers, B, 3, H]) }),
          };
          const { h_n, c_n, x_n } = onnx.run({ ...feeds, ...zeros });
          const { logits } = onnx.run({
            ...feeds,
            h_0: h_n as typeof zeros.h_0,
            ...(c_n && { c_0: c_n }),
            ...(x_n && { x_0: x_n }),
          });
          for (const [k, x] of second.logits.view().entries())
            expect(logits?.data[k], `logit ${k}`).toBeCloseTo(x, 5);
        });

  test('the mean of an ensemble of a GRU and a minGRU in blocks, whose states have names of their own', () => {
    const { model, files } = exported({ hiddenSize: 6, embeddingSize: 6, tieWeights: true, ensembleSize: 2 });
    using tape = new Tape(backend, { record: false });
    const first = model.forward(tape.ids(IDS, [T, B]), { state: model.zeroState(B) });
    const second = model.forward(tape.ids(IDS, [T, B]), { state: first.state });

    const onnx = new EvaluatedOnnx(files['model.onnx'] as Uint8Array);
    const feeds = { input_ids: array([T, B], IDS), lengths: array([B], [T, T]) };
    const { logits: _, ...last } = onnx.run({
      ...feeds,
      members_0_h_0: array([1, B, 6]),
      members_1_h_0: array([3, B, 3]),
      members_1_x_0: array([3, B, 3, 3]),
    });
    const states = Object.entries(last).map(([name, state]) => [name.replace('_n', '_0'), state]);
    const { logits } = onnx.run({ ...feeds, ...Object.fromEntries(states) });
    for (const [k, x] of second.logits.view().entries()) expect(logits?.data[k], `logit ${k}`).toBeCloseTo(x, 5);
  });

  test('of texts of different lengths as of each alone', () => {
    const { files } = exported({ cell: 'lstm', block: true });
    const onnx = new EvaluatedOnnx(files['model.onnx'] as Uint8Array);
    const state = (B: number) => ({ h_0: array([1, B, H]), c_0: array([1, B, H]), x_0: array([1, B, 3, H]) });
    const both = onnx.run({ input_ids: array([T, B], IDS), lengths: array([B], LENGTHS), ...state(B) });
    const second = IDS.filter((_, k) => k % B === 1).subarray(0, 3);
    const alone = onnx.run({ input_ids: array([3, 1], second), lengths: array([1], [3]), ...state(1) });
    expect(both['h_n']?.data.slice(H)).toEqual(alone['h_n']?.data);
    expect(both['c_n']?.data.slice(H)).toEqual(alone['c_n']?.data);
    expect(both['x_n']?.data.slice(3 * H)).toEqual(alone['x_n']?.data);
  });
});

test('a cell that ONNX lacks is an error', () => {
  expect(() => exported({ cell: 'slstm' })).toThrow(
    'ONNX export: the cell must be one of rnn, gru, lstm, mingru, minlstm, sru, got slstm',
  );
});

test('the files say what the model is and how to feed it', () => {
  const { files } = exported({ cell: 'lstm' });
  const { model, metadata } = new EvaluatedOnnx(files['model.onnx'] as Uint8Array);
  expect(model.docString).toContain('without a context with the id 1');
  expect(metadata).toMatchObject({ 'config.json': '{"model_type":"char-lm"}' });
  expect(metadata['sha256 of tokenizer.json']).toMatch(/^[0-9a-f]{64}$/);
  expect(files['tokenizer.json']).toBe(JSON.stringify(vocabulary));
  expect(files['README.md']).toContain('| input | `input_ids` | int32 [time, batch] |');
});
