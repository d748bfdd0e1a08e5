import {
  concat,
  conv1d,
  type ExportedFiles,
  embedding,
  Graph,
  linear,
  maskedSoftmax,
  maxOverTime,
  meanOverTime,
  onnxFiles,
  recurrent,
  scale,
  sumOverTime,
  timeMask,
  type Value,
  vectorProduct,
} from '@unroll/interop/onnx';
import type { DescriptionFiles } from '@unroll/rnn-core';
import type { Pooling } from './model/pooling.ts';
import type { RecurrentClassifier } from './model/recurrent-classifier.ts';
import type { SentimentModel } from './model/sentiment-model.ts';
import type { SentimentClassifier } from './prediction/sentiment-classifier.ts';
import type { EncodedText } from './tokenizer/encoded-text.ts';
import { tokenBatch } from './tokenizer/token-batch.ts';

/** An input of the exported model, as an ONNX runtime takes it. */
export interface OnnxInput {
  readonly type: 'int32' | 'float32';
  readonly data: Int32Array | Float32Array;
  readonly dims: readonly number[];
}

/**
 * The files of a classifier in ONNX: `model.onnx`, `tokenizer.json`, and a README that says how to run it. The whole
 * predictor is exported, all networks and their combination with the bag of words, whose logits are an input.
 *
 * @param files the model's `config.json` and `tokenizer.json`
 * @throws ConfigError when the model is too large for a file
 */
export function exportOnnx(
  { model, labels }: Pick<SentimentClassifier, 'model' | 'labels'>,
  files: DescriptionFiles,
): ExportedFiles {
  return onnxFiles([onnxGraph(model)], {
    title: 'Text classifier in ONNX',
    description: `A text classifier (${model.config.ensembleSize} × ${model.config.cell}) with the classes ${labels.names.join(', ')}: their probabilities for each text, by the whole predictor, that is all networks and the bag of words. Time is the first axis. The inputs depend on the bag of words, too: \`onnxInputs\` of @unroll/sentiment computes them from texts.`,
    files,
  });
}

/** The inputs of {@link onnxGraph} for some texts. */
export function onnxInputs(model: SentimentModel, texts: readonly EncodedText[]): Record<string, OnnxInput> {
  const { charNgramBuckets, tokenFeatures: F, numClasses: C } = model.config;
  const { T, B, ids, lengths, features, ngrams } = tokenBatch(texts, charNgramBuckets);
  return {
    input_ids: int32(ids, T, B),
    lengths: int32(lengths, B),
    ...(F > 0 && { features: float32(features, T, B, F) }),
    ...(ngrams && {
      ngram_ids: int32(ngrams.ids, ngrams.K, ngrams.U),
      ngram_counts: int32(ngrams.counts, ngrams.U),
      word_positions: int32(ngrams.positions, T, B),
    }),
    bag_logits: float32(Float32Array.from(texts.flatMap(({ bagLogits }) => [...bagLogits])), B, C),
  };
}

const int32 = (data: Int32Array, ...dims: number[]): OnnxInput => ({ type: 'int32', data, dims });
const float32 = (data: Float32Array, ...dims: number[]): OnnxInput => ({ type: 'float32', data, dims });

/** The whole predictor as a graph. */
export function onnxGraph(model: SentimentModel): Graph {
  const { charNgramBuckets, tokenFeatures: F, numClasses: C, ensembleSize } = model.config;
  const g = new Graph('model');
  const idsInput = (name: string, shape: string[], description: string): Value =>
    g.input(name, { type: 'int32', shape, description });
  const ids = idsInput('input_ids', ['time', 'batch'], 'ids of the words of each text; 0 for an unknown one');
  const lengths = idsInput('lengths', ['batch'], 'unpadded words of each text, at least 1');
  const features =
    F > 0
      ? g.input('features', {
          type: 'float32',
          shape: ['time', 'batch', F],
          description: 'hand-crafted features of each word',
        })
      : undefined;
  const ngrams =
    charNgramBuckets > 0
      ? {
          ids: idsInput(
            'ngram_ids',
            ['ngrams', 'words'],
            'hash buckets of the character n-grams of each distinct word',
          ),
          counts: idsInput('ngram_counts', ['words'], 'unpadded n-grams of each distinct word'),
          positions: idsInput('word_positions', ['time', 'batch'], 'which of the distinct words each word is'),
        }
      : undefined;
  const bagLogits = g.input('bag_logits', {
    type: 'float32',
    shape: ['batch', C],
    description: 'logits of the bag of words',
  });

  const mask = timeMask(g, ids, lengths);
  const networks = model.members.map((member) => {
    const words = embedding(g, member.words.weight, ids);
    const x = member.parts && ngrams ? g.op('Add', [words, embedNgrams(g, member.parts.weight, ngrams)]) : words;
    const own = features && featuresOf(g, features, member.tokenFeatures, F);
    return networkLogits(g, member, concat(g, own ? [x, own] : [x]), { lengths, mask });
  });
  const sum = networks.reduce((sum, logits) => g.op('Add', [sum, logits]));
  const weights = model.ensembleWeights;
  const logits = g.op('Add', [scale(g, bagLogits, weights.bag), scale(g, sum, weights.network / ensembleSize)]);
  const shape = ['batch', C];
  g.output('logits', logits, { type: 'float32', shape, description: 'of each class, networks and bag of words' });
  g.output('probabilities', g.op('Softmax', [logits], { axis: -1 }), {
    type: 'float32',
    shape,
    description: 'of each class',
  });
  return g;
}

/** The lengths of the texts, and which steps they cover. */
interface Extent {
  readonly lengths: Value;
  readonly mask: Value;
}

/** The first of the F features, or undefined for none. */
function featuresOf(g: Graph, features: Value, first: number, F: number): Value | undefined {
  if (first === 0) return undefined;
  return first < F ? g.ops('Split', [features, g.ints(first, F - first)], 2, { axis: -1 })[0] : features;
}

/** The mean of the embeddings of each word's character n-grams: [T, B, E]. */
function embedNgrams(
  g: Graph,
  table: RecurrentClassifier['words']['weight'],
  { ids, counts, positions }: Record<'ids' | 'counts' | 'positions', Value>,
): Value {
  const found = embedding(g, table, ids); // [K, U, E]
  const valid = g.op('Where', [timeMask(g, ids, counts), found, g.constant('float32', [], [0])]);
  return g.op('Gather', [meanOverTime(g, valid, counts), positions]);
}

/** What a network computes from embedded words, [T, B, I]: [B, C]. */
function networkLogits(
  g: Graph,
  { convolution, recurrent: layers, pooling, head }: RecurrentClassifier,
  x: Value,
  extent: Extent,
): Value {
  const { bidirectional, hiddenSize: H } = layers.config;
  const input = convolution ? g.op('Relu', [conv1d(g, convolution, x, extent.mask)]) : x;
  const { y, state } = recurrent(g, layers, input, { lengths: extent.lengths });
  const h = state.at(-1)?.h as Value; // [D, B, H]
  const last = g.op('Reshape', [g.op('Transpose', [h], { perm: [1, 0, 2] }), g.ints(0, bidirectional ? 2 * H : H)]);
  return linear(g, head, pooled(g, pooling, { y, last }, extent));
}

function pooled(
  g: Graph,
  { name, attention }: Pooling,
  { y, last }: Record<'y' | 'last', Value>,
  { lengths, mask }: Extent,
): Value {
  switch (name) {
    case 'last':
      return last;
    case 'mean':
      return meanOverTime(g, y, lengths);
    case 'max':
      return maxOverTime(g, y, mask);
    case 'max-mean':
      return concat(g, [maxOverTime(g, y, mask), meanOverTime(g, y, lengths)]);
    case 'attention': {
      if (!attention) return last;
      const scores = vectorProduct(g, g.op('Tanh', [linear(g, attention, y)]), attention.v);
      return sumOverTime(g, g.op('Mul', [maskedSoftmax(g, scores, mask), y]));
    }
  }
}
