import { type Backend, CheckpointError, loadWeights, Parameters, Rng } from '@unroll/rnn-core';
import { type BackendChoice, type Context, ModelFolder, openBackend } from '@unroll/run';
import { z } from 'zod';
import { BagOfWords, FeatureIndex } from '../baseline/index.ts';
import { LabelSet } from '../data/label-set.ts';
import { POOLINGS } from '../model/pooling.ts';
import { SentimentModel, type SentimentShape } from '../model/sentiment-model.ts';
import type { EncodedText } from '../tokenizer/encoded-text.ts';
import { TextReader } from '../tokenizer/text-reader.ts';
import { WordList } from '../tokenizer/word-list.ts';
import { logitsOf, verdicts } from './judge.ts';
import { Readings } from './readings.ts';

export interface ModelChoice extends BackendChoice {
  readonly dir: string;
  readonly checkpoint: 'best' | 'last';
}

const size = z.int().min(1);
const sizeOrNone = z.int().min(0);

/** `config.json`, but for the application's name. */
const modelSchema = z.strictObject({
  labels: z.array(z.string()).min(2),
  vocabulary: size,
  classes: size,
  signals: sizeOrNone,
  buckets: sizeOrNone,
  embedding: size,
  convolution: sizeOrNone,
  cell: z.enum(['rnn', 'gru', 'lstm']),
  hidden: size,
  layers: size,
  bidirectional: z.boolean(),
  pooling: z.enum(POOLINGS),
  members: size,
  features: sizeOrNone,
});

/** `tokenizer.json`. */
const readerSchema = z.strictObject({
  foldCase: z.boolean(),
  maxTokens: size,
  lexicon: z.boolean(),
  evidence: z.boolean(),
  features: z.strictObject({
    words: z.union([z.literal(1), z.literal(2)]),
    characters: z.boolean(),
    lexicon: z.boolean(),
  }),
  words: z.array(z.string()),
  /** The hashes of the features, 32 bits each, little-endian, in base64. */
  hashes: z.base64(),
});

/** What `config.json` holds. */
export const describeModel = (shape: SentimentShape, labels: LabelSet): z.output<typeof modelSchema> => ({
  labels: [...labels.names],
  ...shape,
});

/** What `tokenizer.json` holds. */
export const describeReader = ({ config, words, bag }: TextReader): z.output<typeof readerSchema> => ({
  ...config,
  words: [...words.words],
  hashes: Buffer.from(bag.index.hashes.buffer).toString('base64'),
});

/**
 * The reader of a model on disk.
 *
 * @param linear the numbers of its bag of words; without them it knows words and features, and has no opinion
 * @throws CheckpointError when the file is damaged
 */
export function readReader(
  folder: ModelFolder,
  linear = { weights: new Float32Array(), bias: new Float32Array() },
): TextReader {
  const { words, hashes, ...config } = checked(readerSchema, folder.tokenizer(), folder.file('tokenizer.json'));
  const index = new FeatureIndex(new Int32Array(Uint8Array.from(Buffer.from(hashes, 'base64')).buffer));
  return new TextReader(config, new WordList(words), new BagOfWords(index, linear));
}

/** A model on disk, ready to judge. */
export class TrainedModel implements Disposable {
  readonly labels: LabelSet;
  readonly reader: TextReader;
  readonly model: SentimentModel;
  readonly backend: Backend;
  readonly #readings: Readings;
  readonly #close: () => void;

  /** @throws CheckpointError when the folder holds no model, or a damaged one */
  static async open(
    { dir, checkpoint, ...choice }: ModelChoice,
    { err }: Pick<Context, 'err'>,
  ): Promise<TrainedModel> {
    const folder = ModelFolder.open(dir, 'sentiment');
    const { labels, ...shape } = checked(modelSchema, folder.model, folder.file('config.json'));
    const { tensors } = folder.weights(checkpoint);

    const compute = await openBackend(choice);
    err.write(`${compute.reason}\n`);
    const model = new SentimentModel(shape, { dropoutInput: 0, dropout: 0, freezeVectors: true });
    loadWeights(Parameters.create(model, compute.backend, Rng.seeded(0)), tensors, folder.path);
    const bag = {
      weights: Float32Array.from(model.bag.weight.view()),
      bias: Float32Array.from(model.bag.bias.view()),
    };
    return new TrainedModel({
      labels: new LabelSet(labels),
      reader: readReader(folder, bag),
      model,
      backend: compute.backend,
      close: () => compute[Symbol.dispose](),
    });
  }

  constructor({
    close,
    ...parts
  }: Pick<TrainedModel, 'labels' | 'reader' | 'model' | 'backend'> & { close: () => void }) {
    this.labels = parts.labels;
    this.reader = parts.reader;
    this.model = parts.model;
    this.backend = parts.backend;
    this.#readings = new Readings(parts.model, parts.backend);
    this.#close = close;
  }

  /** The probability of each class for each text. */
  judge(texts: readonly string[]): Float64Array[] {
    return this.judgeEncoded(texts.map((text) => this.reader.read(text)));
  }

  judgeEncoded(texts: readonly EncodedText[]): Float64Array[] {
    return verdicts(this.model.ensembleWeights, texts, logitsOf(this.model, this.#readings, texts));
  }

  [Symbol.dispose](): void {
    this.#readings[Symbol.dispose]();
    this.#close();
  }
}

function checked<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new CheckpointError(`${where}: ${issue?.path.join('.')}: ${issue?.message}; the file is damaged`);
}
