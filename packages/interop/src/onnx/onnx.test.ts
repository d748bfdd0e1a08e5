import {
  Attention,
  CausalConv1d,
  type CellName,
  Conv1d,
  concat,
  createRecurrent,
  createReferenceBackend,
  Embedding,
  LayerNorm,
  Linear,
  Lstm,
  type Module,
  maxOverTime,
  meanOverTime,
  Parameters,
  Recurrent,
  Rng,
  Rnn,
  Sru,
  type State,
  slice,
  Tape,
  type Tensor,
} from '@unroll/rnn-core';
import { describe, expect, test } from 'vitest';
import { array, EvaluatedOnnx, type NumberArray } from '../testing/index.ts';
import * as onnx from './index.ts';
import { ELEMENT_TYPES } from './schema.ts';

const backend = createReferenceBackend();
const LENGTHS = Int32Array.of(5, 2, 4);
const [T, B] = [5, 3];
const INFO = { description: 'A test.', producerVersion: '0.0.0', metadata: {} };
const rng = Rng.seeded(3);

const random = (...shape: number[]): NumberArray =>
  array(
    shape,
    Array.from({ length: shape.reduce((n, m) => n * m, 1) }, () => rng.uniform() * 2 - 1),
  );
const tensorOf = ({ shape, data }: NumberArray): Tensor => Tape.current.constant(Float32Array.from(data), shape);

/** Gives modules memory, builds a graph with inputs of the given arrays and compares each output with a tensor. */
function expectSame(
  module: Module,
  inputs: Record<string, NumberArray>,
  build: (g: onnx.Graph, values: Record<string, onnx.Value>) => Record<string, onnx.Value>,
  compute: (tensors: Record<string, Tensor>) => Record<string, Tensor>,
): void {
  Parameters.create(module, backend, rng.split('init'));
  using _ = new Tape(backend, { record: false });
  const tensors = compute(Object.fromEntries(Object.entries(inputs).map(([name, x]) => [name, tensorOf(x)])));
  const g = new onnx.Graph('test');
  const spec = ({ shape }: { shape: readonly number[] }, type: onnx.ElementType = 'float32') => ({
    type,
    shape,
    description: '',
  });
  const values = Object.fromEntries(Object.entries(inputs).map(([name, x]) => [name, g.input(name, spec(x))]));
  values['lengths'] = g.input('lengths', spec({ shape: [B] }, 'int32'));
  for (const [name, value] of Object.entries(build(g, values))) g.output(name, value, spec(tensors[name] as Tensor));
  const outputs = new EvaluatedOnnx(g.encode(INFO)).run({ ...inputs, lengths: array([B], LENGTHS) });
  expect(Object.keys(outputs)).toEqual(Object.keys(tensors));
  for (const [name, { data }] of Object.entries(outputs))
    for (const [k, x] of (tensors[name] as Tensor).view().entries())
      expect(data[k], `${name} ${k}`).toBeCloseTo(x, 5);
}

describe('recurrent layers in ONNX', () => {
  for (const cell of onnx.ONNX_CELLS)
    for (const numLayers of [1, 2])
      for (const bidirectional of [false, true])
        for (const bias of [true, false])
          test(`${cell}, ${numLayers} layers, bidirectional ${bidirectional}, bias ${bias}`, () => {
            const [I, H, D] = [3, 2, bidirectional ? 2 : 1];
            const layer = createRecurrent(cell, { inputSize: I, hiddenSize: H, numLayers, bidirectional, bias });
            expectRecurrent(layer, { I, H, L: numLayers, D });
          });

  test('rnn with relu', () => {
    expectRecurrent(new Rnn({ inputSize: 3, hiddenSize: 2, nonlinearity: 'relu' }), { I: 3, H: 2, L: 1, D: 1 });
  });

  test('a cell of another kind is an error', () => {
    class Qrnn extends Recurrent {
      run = () => expect.fail('ran');
      step = () => expect.fail('ran');
    }
    const layer = new Qrnn({ inputSize: 1, hiddenSize: 1 }, 3);
    expect(() => onnx.recurrent(new onnx.Graph('test'), layer, { name: 'x' })).toThrow(
      'ONNX export: the cell must be one of rnn, gru, lstm, mingru, minlstm, sru, got qrnn',
    );
  });

  test('minGRU and minLSTM store no recurrent weights', () => {
    const [I, H] = [4, 2];
    const storedOf = (cell: CellName) => {
      const layer = createRecurrent(cell, { inputSize: I, hiddenSize: H });
      Parameters.create(layer, backend, rng);
      const g = new onnx.Graph('test');
      onnx.recurrent(g, layer, { name: 'x' });
      const { model } = new EvaluatedOnnx(g.encode(INFO));
      const weights = model.graph?.initializer?.filter(({ dataType }) => dataType === ELEMENT_TYPES.float32);
      return weights?.map(({ name, dims }) => [name, dims]);
    };
    expect(storedOf('mingru')).toEqual([
      ['weight_ih_l0', [1, 3 * H, I]],
      ['bias_l0', [1, 6 * H]],
    ]);
    expect(storedOf('minlstm')).toEqual([
      ['weight_ih_l0', [3 * H, I]],
      ['bias_ih_l0', [3 * H]],
    ]);
  });

  function expectRecurrent(layer: Recurrent, { I, H, L, D }: Record<'I' | 'H' | 'L' | 'D', number>): void {
    const names = layer instanceof Lstm || layer instanceof Sru ? ['h', 'c'] : ['h'];
    const initial = Object.fromEntries(names.map((name) => [name, random(L * D, B, H)]));
    expectSame(
      layer,
      { x: random(T, B, I), ...initial },
      (g, { x, h, c, lengths }) => {
        const split = (value: onnx.Value) => (L === 1 ? [value] : g.ops('Split', [value], L, { axis: 0 }));
        const [hs, cs] = [split(h as onnx.Value), c && split(c)];
        const state = hs.map((h, l) => ({ h, ...(cs && { c: cs[l] as onnx.Value }) }));
        const out = onnx.recurrent(g, layer, x as onnx.Value, { lengths, state });
        const last = out.state.flatMap(({ h, c }, l) => [
          [`h${l}`, h] as const,
          ...(c ? [[`c${l}`, c] as const] : []),
        ]);
        return { y: out.y, ...Object.fromEntries(last) };
      },
      ({ x, h, c }) => {
        const state: State = layer.directions.map((_, k) => ({
          h: (h as Tensor).row(k),
          ...(c && { c: c.row(k) }),
        }));
        const out = layer.forward(x as Tensor, { lengths: LENGTHS, state });
        const last = Array.from({ length: L }, (_, l) =>
          names.map((name) => {
            const entries = out.state.slice(l * D, (l + 1) * D).map((entry) => entry[name as 'h' | 'c'] as Tensor);
            return [`${name}${l}`, stacked(entries)] as const;
          }),
        ).flat();
        return { y: out.y, ...Object.fromEntries(last) };
      },
    );
  }
});

const stacked = (tensors: readonly Tensor[]): Tensor =>
  Tape.current.constant(Float32Array.from(tensors.flatMap((x) => [...x.view()])), [
    tensors.length,
    ...(tensors[0]?.shape ?? []),
  ]);

describe('other layers in ONNX', () => {
  test('linear and layer normalisation', () => {
    const linear = new Linear({ inFeatures: 3, outFeatures: 2 });
    expectSame(
      linear,
      { x: random(T, B, 3) },
      (g, { x }) => ({ y: onnx.linear(g, linear, x as onnx.Value) }),
      ({ x }) => ({ y: linear.forward(x as Tensor) }),
    );
    const norm = new LayerNorm({ normalizedShape: 3, eps: 1e-3 });
    expectSame(
      norm,
      { x: random(T, B, 3) },
      (g, { x }) => ({ y: onnx.layerNorm(g, norm, x as onnx.Value) }),
      ({ x }) => ({ y: norm.forward(x as Tensor) }),
    );
  });

  test('convolution, and pooling over the unpadded steps', () => {
    const conv = new Conv1d({ inChannels: 3, outChannels: 2, kernelSize: 3, padding: 1 });
    expectSame(
      conv,
      { x: random(T, B, 3) },
      (g, { x, lengths }) => {
        const mask = onnx.timeMask(g, x as onnx.Value, lengths as onnx.Value);
        const y = onnx.conv1d(g, conv, x as onnx.Value, mask);
        const zeroed = onnx.where(g, mask, y, 0);
        return { y, max: onnx.maxOverTime(g, y, mask), mean: onnx.meanOverTime(g, zeroed, lengths as onnx.Value) };
      },
      ({ x }) => {
        const y = conv.forward(x as Tensor, LENGTHS);
        return { y, max: maxOverTime(y, LENGTHS), mean: meanOverTime(y, LENGTHS) };
      },
    );
  });

  test('a causal convolution, and the last valid inputs', () => {
    const conv = new CausalConv1d({ channels: 2, kernelSize: 4 });
    expectSame(
      conv,
      { x: random(T, B, 2), before: random(B, 3, 2) },
      (g, { x, before, lengths }) =>
        onnx.causalConv1d(g, conv, x as onnx.Value, {
          state: before as onnx.Value,
          lengths: lengths as onnx.Value,
        }),
      ({ x, before }) => {
        // Of each entry alone, as long as it is.
        const last = [...LENGTHS].map((length, b) => {
          const alone = slice((x as Tensor).rows(0, length), b, b + 1, 1);
          return conv.forward(alone, slice(before as Tensor, b, b + 1, 0)).state;
        });
        return { y: conv.forward(x as Tensor, before).y, state: concat(last, 0) };
      },
    );
  });

  for (const score of ['dot', 'general', 'additive'] as const)
    test(`${score} attention`, () => {
      const attention = new Attention({ querySize: 4, memorySize: 4, score });
      expectSame(
        attention,
        { query: random(B, 4), memory: random(T, B, 4) },
        (g, { query, memory, lengths }) => {
          const values = memory as onnx.Value;
          const mask = onnx.timeMask(g, values, lengths as onnx.Value);
          const keys = onnx.keysOf(g, attention, values);
          return onnx.attention(g, attention, query as onnx.Value, { keys, values, mask });
        },
        ({ query, memory }) => {
          const projected = attention.projectMemory(memory as Tensor, LENGTHS);
          const { context, weights } = attention.forward((query as Tensor).reshape(1, B, 4), projected);
          return { context: context.reshape(B, 4), weights: weights.reshape(B, T) };
        },
      );
    });

  test('a table that is shared is stored once', () => {
    const table = new Embedding({ numEmbeddings: 7, embeddingDim: 3 });
    Parameters.create(table, backend, rng);
    const g = new onnx.Graph('tied');
    const ids = g.input('ids', { type: 'int32', shape: ['time', 'batch'], description: '' });
    const logits = onnx.linear(g, table, onnx.embedding(g, table.weight, ids));
    g.output('logits', logits, { type: 'float32', shape: ['time', 'batch', 7], description: '' });
    const { model } = new EvaluatedOnnx(g.encode(INFO));
    expect(model.graph?.initializer?.map(({ name, dims }) => [name, dims])).toEqual([['weight', [7, 3]]]);
  });
});

describe('a model file', () => {
  test('says what made it, in which version of ONNX, and its metadata', () => {
    const g = new onnx.Graph('empty');
    const { model, metadata } = new EvaluatedOnnx(g.encode({ ...INFO, metadata: { key: 'value' } }));
    expect(model).toMatchObject({ irVersion: 8, producerName: 'unroll', opsetImport: [{ version: 17 }] });
    expect(metadata).toEqual({ key: 'value' });
  });

  test('of more than 2 GB is refused', () => {
    const values = () => expect.fail('allocated');
    expect(() => new onnx.Graph('model').weight('large', [2 ** 29], values)).toThrow(
      'model.onnx: must be smaller than 2 GB, the limit of ONNX files, got over 2.1 GB of weights',
    );
  });
});
