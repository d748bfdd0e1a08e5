import {
  attention,
  concat,
  type ExportedFiles,
  embedding,
  Graph,
  keysOf,
  type LayerState,
  linear,
  type Memory,
  onnxFiles,
  recurrent,
  scale,
  timeMask,
  type Value,
} from '@unroll/interop/onnx';
import { type DescriptionFiles, type Embedding, hasCellState, type Recurrent } from '@unroll/rnn-core';
import { InputFeedingDecoder, InterleavedDecoder } from './model/decoder.ts';
import type { TranslationModel } from './model/translation-model.ts';
import type { TranslationNetwork } from './model/translation-network.ts';
import type { Translator } from './translator.ts';

/**
 * The files of a translator in ONNX: `encoder.onnx`, `decoder.onnx` (one step), `tokenizer.json`, and a README that says how
 * to run them.
 *
 * @param files the model's `config.json` and `tokenizer.json`
 * @throws ConfigError when the model is too large for a file
 */
export function exportOnnx(
  { model, tokenizer: { eos } }: Pick<Translator, 'model' | 'tokenizer'>,
  files: DescriptionFiles,
): ExportedFiles {
  return onnxFiles([onnxEncoder(model), onnxDecoder(model)], {
    title: 'Translation model in ONNX',
    description: `A translation model (${model.members.length > 1 ? `${model.members.length} × ` : ''}${model.config.cell}, ${model.config.decoder} decoder, attention ${model.config.attention}). The encoder reads sentences, each with its end-of-sentence token, id ${eos.source}. Its outputs are inputs of the decoder, which computes one step: the logits of the next token of each translation. The first token is id ${eos.target}, which also ends a translation; each \`next_\` output is an input of the next step. Time is the first axis. tokenizer.json is a file of Hugging Face tokenizers, or an object of two, source and target.`,
    files,
  });
}

/** The encoder: what {@link TranslationModel.encode} computes at evaluation. */
export function onnxEncoder(model: TranslationModel): Graph {
  const g = new Graph('encoder');
  const ids = g.input('input_ids', {
    type: 'int32',
    shape: ['source', 'batch'],
    description: 'ids of the tokens of each sentence, the end-of-sentence token last; the padding may hold any id',
  });
  const lengths = lengthsInput(g);
  for (const [k, network] of model.members.entries()) encode(g, network, { ids, lengths, name: namesOf(model, k) });
  return g;
}

/** Adds the encoder of one network. */
function encode(
  g: Graph,
  network: TranslationNetwork,
  { ids, lengths, name: named }: { readonly ids: Value; readonly lengths: Value; readonly name: Naming },
): void {
  const { hiddenSize: H } = network.config;
  let memory = embedded(g, network, network.source, ids);
  let last: Value | undefined;
  for (const [k, layer] of network.encoder.layers.entries()) {
    const { y, state } = recurrent(g, layer, memory, { lengths });
    memory = k === 0 ? y : g.op('Add', [y, memory]);
    const h = state.at(-1)?.h as Value; // [2, B, H]
    last = g.op('Reshape', [g.op('Transpose', [h], { perm: [1, 0, 2] }), g.ints(0, 2 * H)]);
  }
  const values = network.attention ? memory : (last as Value);
  for (const { name, shape, description } of sourceOf(network))
    g.output(named(name), name === 'keys' && network.attention ? keysOf(g, network.attention, values) : values, {
      type: 'float32',
      shape,
      description,
    });
  const sizes = network.decoder.stateSizes;
  const bridged = g.op('Tanh', [linear(g, network.bridge, last as Value)]);
  const state =
    sizes.length === 1 ? [bridged] : g.ops('Split', [bridged, g.ints(...sizes)], sizes.length, { axis: -1 });
  for (const [k, name] of stateNames(network).entries())
    g.output(named(name), state[k] as Value, {
      type: 'float32',
      shape: ['batch', sizes[k] as number],
      description: 'state of the decoder before the first token',
    });
}

/** Returns the name of an input or output of one network, given its name where there is only one. */
type Naming = (name: string) => string;

const namesOf =
  ({ members }: TranslationModel, k: number): Naming =>
  (name) =>
    members.length === 1 ? name : `members_${k}_${name}`;

/** One step of the decoder: what {@link TranslationModel.decode} and its logits compute for one token. */
export function onnxDecoder(model: TranslationModel): Graph {
  const { targetVocabSize: V } = model.config;
  const g = new Graph('decoder');
  const ids = g.input('input_ids', {
    type: 'int32',
    shape: ['batch'],
    description: 'the last token of each translation',
  });
  const networks = model.members.map((network, k) => decoderInputs(g, network, namesOf(model, k)));
  const lengths = model.config.attention === 'none' ? undefined : lengthsInput(g);
  const decoded = networks.map((inputs) => decode(g, inputs, ids, lengths));
  const logits = decoded.map(({ logits }) => logits);
  g.output('logits', meanOf(g, logits), {
    type: 'float32',
    shape: ['batch', V],
    description: 'of the next token of each translation',
  });
  const weights = decoded.flatMap(({ weights }) => (weights ? [weights] : []));
  if (weights.length > 0)
    g.output('attention', meanOf(g, weights), {
      type: 'float32',
      shape: ['batch', 'source'],
      description: 'attention weights over the source tokens',
    });
  for (const [m, { next }] of decoded.entries()) {
    const { network, named } = networks[m] as DecoderInputs;
    for (const [k, name] of stateNames(network).entries())
      g.output(`next_${named(name)}`, next[k] as Value, {
        type: 'float32',
        shape: ['batch', network.decoder.stateSizes[k] as number],
        description: `\`${named(name)}\` of the next step`,
      });
  }
  return g;
}

const meanOf = (g: Graph, values: readonly Value[]): Value => {
  const sum = values.reduce((a, b) => g.op('Add', [a, b]));
  return values.length === 1 ? sum : scale(g, sum, 1 / values.length);
};

/** The inputs of one network's decoder: what it attends to, and its state. */
interface DecoderInputs {
  readonly network: TranslationNetwork;
  readonly named: Naming;
  readonly source: Readonly<Record<string, Value>>;
  readonly state: readonly Value[];
}

function decoderInputs(g: Graph, network: TranslationNetwork, named: Naming): DecoderInputs {
  const source = Object.fromEntries(
    sourceOf(network).map(({ name, ...spec }) => [name, g.input(named(name), { type: 'float32', ...spec })]),
  );
  const sizes = network.decoder.stateSizes;
  const state = stateNames(network).map((name, k) =>
    g.input(named(name), {
      type: 'float32',
      shape: ['batch', sizes[k] as number],
      description: `state of the decoder: of the encoder at first, then \`next_${named(name)}\``,
    }),
  );
  return { network, named, source, state };
}

/** Adds one step of one network's decoder. */
function decode(
  g: Graph,
  { network, source, state }: DecoderInputs,
  ids: Value,
  lengths: Value | undefined,
): { readonly logits: Value; readonly weights?: Value | undefined; readonly next: readonly Value[] } {
  const mask = lengths && timeMask(g, source['memory'] as Value, lengths);
  const attend = (query: Value): { context: Value; weights?: Value } => {
    if (!network.attention || !mask) return { context: source['context'] as Value };
    const memory: Memory = {
      keys: (source['keys'] ?? source['memory']) as Value,
      values: source['memory'] as Value,
      mask,
    };
    return attention(g, network.attention, query, memory);
  };

  const y = embedded(g, network, network.target, ids);
  const { features, next, weights } = decoderStep(g, network, y, state, attend);
  const output = { weight: network.output.weight ?? network.target.weight, bias: network.output.bias };
  return { logits: linear(g, output, features), weights, next };
}

function decoderStep(
  g: Graph,
  { decoder }: TranslationNetwork,
  y: Value,
  state: readonly Value[],
  attend: (query: Value) => { readonly context: Value; readonly weights?: Value },
): { features: Value; next: readonly Value[]; weights?: Value | undefined } {
  if (decoder instanceof InterleavedDecoder) {
    const half = state.length / 2;
    const first = recurrentStep(g, decoder.first, y, state.slice(0, half));
    const { context, weights } = attend(first.y);
    const second = recurrentStep(g, decoder.second, concat(g, [first.y, context]), state.slice(half));
    const features = g.op('Tanh', [linear(g, decoder.read, concat(g, [first.y, second.y, context]))]);
    return { features, next: [...first.next, ...second.next], weights };
  }
  const { layer, read } = decoder as InputFeedingDecoder;
  const step = recurrentStep(g, layer, concat(g, [y, state.at(-1) as Value]), state.slice(0, -1));
  const { context, weights } = attend(step.y);
  const features = g.op('Tanh', [linear(g, read, concat(g, [step.y, context]))]);
  return { features, next: [...step.next, features], weights };
}

/** One step of a layer. @param x [B, I] @param state [B, D] of h, and of an LSTM's c @returns [B, D] each */
function recurrentStep(g: Graph, layer: Recurrent, x: Value, state: readonly Value[]) {
  const first = g.ints(0);
  const [h, c] = state.map((value) => g.op('Unsqueeze', [value, first])) as [Value, Value?];
  const out = recurrent(g, layer, g.op('Unsqueeze', [x, first]), { state: [{ h, ...(c && { c }) }] });
  const [last] = out.state as [LayerState];
  const next = [last.h, ...(last.c ? [last.c] : [])].map((value) => g.op('Squeeze', [value, first]));
  return { y: g.op('Squeeze', [out.y, first]), next };
}

/** What the decoder reads of the source: outputs of the encoder and inputs of the decoder. */
function sourceOf({ config: { hiddenSize: H, attention } }: TranslationNetwork) {
  if (attention === 'none')
    return [{ name: 'context', shape: ['batch', 2 * H], description: 'final state of the encoder' }];
  const shape = ['source', 'batch', 2 * H];
  return [
    { name: 'memory', shape, description: 'hidden states of the encoder' },
    ...(attention === 'additive' ? [{ name: 'keys', shape, description: 'the same, projected for attention' }] : []),
  ];
}

/** Names of the tensors of the decoder's state. */
function stateNames({ decoder, config: { cell } }: TranslationNetwork): string[] {
  const tensors = hasCellState(cell) ? ['h', 'c'] : ['h'];
  return decoder instanceof InputFeedingDecoder
    ? [...tensors, 'features']
    : ['first', 'second'].flatMap((layer) => tensors.map((tensor) => `${layer}_${tensor}`));
}

const lengthsInput = (g: Graph): Value =>
  g.input('lengths', { type: 'int32', shape: ['batch'], description: 'unpadded tokens of each sentence' });

const embedded = (g: Graph, { config }: TranslationNetwork, { weight }: Embedding, ids: Value): Value =>
  scale(g, embedding(g, weight, ids), Math.sqrt(config.embeddingSize));
