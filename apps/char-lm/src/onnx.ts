import {
  causalConv1d,
  type ExportedFiles,
  embedding,
  Graph,
  type LayerState,
  layerNorm,
  linear,
  onnxFiles,
  recurrent,
  type Value,
} from '@unroll/interop/onnx';
import { type DescriptionFiles, hasCellState } from '@unroll/rnn-core';
import type { CharLm } from './char-lm.ts';
import { type CharLmModel, KERNEL_SIZE } from './model.ts';
import { startOfText } from './tokenizer.ts';

/**
 * The files of a model in ONNX: `model.onnx`, `tokenizer.json`, and a README that says how to run it.
 *
 * @param files the model's `config.json` and `tokenizer.json`
 * @throws ConfigError when the model is too large for a file
 */
export function exportOnnx(
  { model, vocabulary }: Pick<CharLm, 'model' | 'vocabulary'>,
  files: DescriptionFiles,
): ExportedFiles {
  return onnxFiles([onnxGraph(model)], {
    title: 'Character language model in ONNX',
    description: describe(model, startOfText(vocabulary)),
    files,
  });
}

/** The network as a graph: what {@link CharLmModel.forward} computes at evaluation. */
export function onnxGraph(model: CharLmModel): Graph {
  const { vocabSize: V, hiddenSize: H, numLayers: L } = model.config;
  const g = new Graph('model');
  const ids = g.input('input_ids', {
    type: 'int32',
    shape: ['time', 'batch'],
    description: 'ids of the characters of each text; the padding may hold any id',
  });
  const lengths = g.input('lengths', {
    type: 'int32',
    shape: ['batch'],
    description: 'unpadded characters of each text, at least 1',
  });
  const stateNames = hasCellState(model.config.cell) ? (['h', 'c'] as const) : (['h'] as const);
  const initial = stateNames.map((name) => {
    const shape = [L, 'batch', H];
    const state = g.input(`${name}_0`, {
      type: 'float32',
      shape,
      description: `${STATES[name]} before the first character; zeros at the beginning of a text`,
    });
    return L === 1 ? [state] : g.ops('Split', [state], L, { axis: 0 });
  });

  const { norms, convolutions, gates, projections } = model;
  const before = pastInputs(g, model);
  const last: LayerState[] = [];
  const lastInputs: Value[] = [];
  let x = embedding(g, model.embedding.weight, ids);
  const norm = (k: number, x: Value): Value => (norms[k] ? layerNorm(g, norms[k], x) : x);
  for (const [k, layer] of model.layers.entries()) {
    const [h, c] = initial.map((layers) => layers[k]) as [Value, Value?];
    const [convolution, gate, projection] = [convolutions[k], gates[k], projections[k]];
    const normed = convolution ? norm(k, x) : x;
    const convolved = convolution && causalConv1d(g, convolution, normed, { state: before[k] as Value, lengths });
    if (convolved) lastInputs.push(g.op('Unsqueeze', [convolved.state, g.ints(0)]));
    const { y, state } = recurrent(g, layer, convolved?.y ?? x, { lengths, state: [{ h, ...(c && { c }) }] });
    last.push(...state);
    if (gate && projection) {
      const linearGate = linear(g, gate, normed);
      const silu = g.op('Mul', [linearGate, g.op('Sigmoid', [linearGate])]);
      x = g.op('Add', [linear(g, projection, g.op('Mul', [y, silu])), x]);
    } else x = norm(k, k === 0 ? y : g.op('Add', [y, x]));
  }
  if (model.config.block) x = norm(L, x);
  const { head } = model;
  const logits = linear(g, 'weight' in head ? head : { weight: model.embedding.weight, bias: head.bias }, x);

  g.output('logits', logits, {
    type: 'float32',
    shape: ['time', 'batch', V],
    description: 'of the character after each; their softmax is its probabilities',
  });
  for (const name of stateNames) {
    const layers = last.map((state) => state[name] as Value);
    g.output(`${name}_n`, g.op('Concat', layers, { axis: 0 }), {
      type: 'float32',
      shape: [L, 'batch', H],
      description: `${STATES[name]} after the last character: \`${name}_0\` of what follows`,
    });
  }
  if (lastInputs.length > 0)
    g.output('x_n', g.op('Concat', lastInputs, { axis: 0 }), {
      ...inputsSpec(model),
      description: 'the inputs of the last steps of each block’s convolution: `x_0` of what follows',
    });
  return g;
}

/** What each block's convolution read last before the first character, [B, K-1, H]. */
function pastInputs(g: Graph, model: CharLmModel): Value[] {
  const { length } = model.convolutions;
  if (length === 0) return [];
  const all = g.input('x_0', {
    ...inputsSpec(model),
    description:
      'the inputs of each block’s convolution before the first character; zeros at the beginning of a text',
  });
  const blocks = length === 1 ? [all] : g.ops('Split', [all], length, { axis: 0 });
  return blocks.map((block) => g.op('Squeeze', [block, g.ints(0)]));
}

const inputsSpec = ({ convolutions, config }: CharLmModel) => ({
  type: 'float32' as const,
  shape: [convolutions.length, 'batch', KERNEL_SIZE - 1, config.hiddenSize],
});

const STATES = { h: 'hidden state', c: 'cell state' };

const describe = ({ config: { cell, vocabSize, hiddenSize, numLayers } }: CharLmModel, start: Int32Array): string =>
  `A character language model (${cell}, ${numLayers} × ${hiddenSize} hidden units, ${vocabSize} ids): the logits of the character after each character. Time is the first axis. The state begins with zeros, and a text without a context with the id ${start[0]}. tokenizer.json holds the characters: id k is character k - 1 of its alphabet and id 0 one that is not there; without an alphabet ids are the bytes of UTF-8.`;
