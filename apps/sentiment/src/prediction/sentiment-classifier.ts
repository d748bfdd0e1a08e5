import { type BackendName, selectBackend } from '@unroll/kernels';
import {
  type Backend,
  loadModelFiles,
  loadWeights,
  type ModelFiles,
  type ModelSource,
  Parameters,
} from '@unroll/rnn-core';
import type { LabelSet } from '../data/label-set.ts';
import { SentimentModel } from '../model/sentiment-model.ts';
import type { EncodedText } from '../tokenizer/encoded-text.ts';
import type { SentimentTokenizer } from '../tokenizer/sentiment-tokenizer.ts';
import { readModelConfig, readTokenizer } from './model-files.ts';
import { cachedNetworkLogits } from './network-logits.ts';
import { argmax, ensembleProbabilities } from './probabilities.ts';
import { ProjectionCache } from './projection-cache.ts';

/** Of {@link SentimentClassifier.load}. */
export interface LoadOptions {
  /** A backend, which the caller closes, or the name of one; by default the fastest that runs here. */
  readonly backend?: Backend | BackendName;
}

/** A predicted class with the probability of every class. */
export interface Prediction {
  readonly label: string;
  /** By class, from negative to positive; their sum is 1. */
  readonly probabilities: Readonly<Record<string, number>>;
}

/**
 * A trained model that classifies texts.
 *
 *     using classifier = await SentimentClassifier.load('runs/sentiment-uci-sentences-1');
 *     classifier.predict(['Wow, loved it']); // [{ label: 'positive', probabilities: { negative: 0.02, positive: 0.98 } }]
 */
export class SentimentClassifier implements Disposable {
  readonly labels: LabelSet;
  readonly tokenizer: SentimentTokenizer;
  readonly model: SentimentModel;
  readonly backend: Backend;
  readonly #cache: ProjectionCache;
  readonly #parameters: Parameters;
  #ownsBackend = false;

  /**
   * Loads a model: the path of its folder in Node, its URL, or the bytes of `config.json`, `tokenizer.json` and
   * `model.safetensors` by name.
   *
   * @throws CheckpointError when a file is missing or damaged
   * @throws BackendError when the named backend does not run here
   */
  static async load(source: ModelSource, { backend = 'auto' }: LoadOptions = {}): Promise<SentimentClassifier> {
    const files = await loadModelFiles(source, 'sentiment');
    if (typeof backend !== 'string') return new SentimentClassifier(files, backend);
    const selected = await selectBackend({ backend });
    const classifier = new SentimentClassifier(files, selected.backend);
    classifier.#ownsBackend = true;
    return classifier;
  }

  /** @throws CheckpointError when a file is damaged */
  constructor({ config: configJson, tokenizer, weights, where }: ModelFiles, backend: Backend) {
    const { config, labels } = readModelConfig(configJson, `${where}/config.json`);
    this.labels = labels;
    this.backend = backend;
    this.model = new SentimentModel(config, { embeddingDropout: 0, dropout: 0, freezeVectors: true });
    this.#parameters = Parameters.create(this.model, backend);
    loadWeights(this.#parameters, weights, where);
    const bag = {
      weights: Float32Array.from(this.model.bag.weight.view()),
      bias: Float32Array.from(this.model.bag.bias.view()),
    };
    this.tokenizer = readTokenizer(tokenizer, `${where}/tokenizer.json`, bag);
    this.#cache = new ProjectionCache(this.model, backend);
  }

  /** Predicts the class of each text, with the probability of every class. */
  predict(texts: readonly string[]): Prediction[] {
    const { names } = this.labels;
    return this.probabilities(texts.map((text) => this.tokenizer.encode(text.normalize('NFC')))).map(
      (probabilities) => ({
        label: names[argmax(probabilities)] as string,
        probabilities: Object.fromEntries(names.map((name, c) => [name, probabilities[c] as number])),
      }),
    );
  }

  /** Returns the probability of each class for each text: [C] each. */
  probabilities(texts: readonly EncodedText[]): Float64Array[] {
    const logits = cachedNetworkLogits(this.model, this.#cache, texts);
    return ensembleProbabilities(this.model.ensembleWeights, texts, logits);
  }

  /** Frees the weights, and closes the backend unless the caller gave it. */
  [Symbol.dispose](): void {
    this.#cache[Symbol.dispose]();
    this.#parameters.free();
    if (this.#ownsBackend) this.backend.close();
  }
}
