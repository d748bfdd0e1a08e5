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
  scale,
  type Value,
} from '@unroll/interop/onnx';
import { type DescriptionFiles, hasCellState } from '@unroll/rnn-core';
import type { CharLm } from './char-lm.ts';
import type { CharLmModel } from './model/char-lm-model.ts';
import { type CharLmNetwork, KERNEL_SIZE } from './model/char-lm-network.ts';
import { networksInShort } from './model/networks-in-short.ts';
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

/** The networks as a graph: what {@link CharLmModel.forward} computes at evaluation. */
export function onnxGraph({ members, config: { vocabSize: V } }: CharLmModel): Graph {
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
  const sum = members
    .map((network, k) =>
      networkLogits(g, network, { ids, lengths, prefix: members.length === 1 ? '' : `members_${k}_` }),
    )
    .reduce((a, b) => g.op('Add', [a, b]));
  g.output('logits', members.length === 1 ? sum : scale(g, sum, 1 / members.length), {
    type: 'float32',
    shape: ['time', 'batch', V],
    description: 'of the character after each; their softmax is its probabilities',
  });
  return g;
}

/** What a network of the graph reads, and what the names of its states begin with. */
interface NetworkInputs {
  readonly ids: Value;
  readonly lengths: Value;
  readonly prefix: string;
}

/** Adds a network, with its states as inputs and outputs. @returns its logits */
function networkLogits(g: Graph, network: CharLmNetwork, { ids, lengths, prefix }: NetworkInputs): Value {
  const { hiddenSize: H, numLayers: L, cell, block } = network.config;
  const stateNames = hasCellState(cell) ? (['h', 'c'] as const) : (['h'] as const);
  const initial = stateNames.map((name) => {
    const shape = [L, 'batch', H];
    const state = g.input(`${prefix}${name}_0`, {
      type: 'float32',
      shape,
      description: `${STATES[name]} before the first character; zeros at the beginning of a text`,
    });
    return L === 1 ? [state] : g.ops('Split', [state], L, { axis: 0 });
  });

  const { norms, convolutions, gates, projections, head } = network;
  const before = pastInputs(g, network, prefix);
  const last: LayerState[] = [];
  const lastInputs: Value[] = [];
  let x = embedding(g, network.embedding.weight, ids);
  const norm = (k: number, x: Value): Value => (norms[k] ? layerNorm(g, norms[k], x) : x);
  for (const [k, layer] of network.layers.entries()) {
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
  if (block) x = norm(L, x);

  for (const name of stateNames) {
    const layers = last.map((state) => state[name] as Value);
    g.output(`${prefix}${name}_n`, g.op('Concat', layers, { axis: 0 }), {
      type: 'float32',
      shape: [L, 'batch', H],
      description: `${STATES[name]} after the last character: \`${prefix}${name}_0\` of what follows`,
    });
  }
  if (lastInputs.length > 0)
    g.output(`${prefix}x_n`, g.op('Concat', lastInputs, { axis: 0 }), {
      ...inputsSpec(network),
      description: `the inputs of the last steps of each block’s convolution: \`${prefix}x_0\` of what follows`,
    });
  return linear(g, 'weight' in head ? head : { weight: network.embedding.weight, bias: head.bias }, x);
}

/** What each block's convolution read last before the first character, [B, K-1, H]. */
function pastInputs(g: Graph, network: CharLmNetwork, prefix: string): Value[] {
  const { length } = network.convolutions;
  if (length === 0) return [];
  const all = g.input(`${prefix}x_0`, {
    ...inputsSpec(network),
    description:
      'the inputs of each block’s convolution before the first character; zeros at the beginning of a text',
  });
  const blocks = length === 1 ? [all] : g.ops('Split', [all], length, { axis: 0 });
  return blocks.map((block) => g.op('Squeeze', [block, g.ints(0)]));
}

const inputsSpec = ({ convolutions, config }: CharLmNetwork) => ({
  type: 'float32' as const,
  shape: [convolutions.length, 'batch', KERNEL_SIZE - 1, config.hiddenSize],
});

const STATES = { h: 'hidden state', c: 'cell state' };

const describe = (model: CharLmModel, start: Int32Array): string =>
  `A character language model (${networksInShort(model)}, ${model.config.vocabSize} ids): the logits of the character after each character. Time is the first axis. The state begins with zeros, and a text without a context with the id ${start[0]}. tokenizer.json holds the characters: id k is character k - 1 of its alphabet and id 0 one that is not there; without an alphabet ids are the bytes of UTF-8.`;
