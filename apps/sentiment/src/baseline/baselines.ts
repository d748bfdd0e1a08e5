import type { Example } from '../data/example.ts';
import type { LabelSet } from '../data/label-set.ts';
import { tokenize } from '../tokenizer/tokens.ts';
import { FeatureIndex } from './feature-index.ts';
import { HashingVectorizer, type TextFeatures } from './hashing-vectorizer.ts';
import { AfinnScorer } from './lexicon.ts';
import { fitLogisticRegression, linearScores, maxFeatures } from './logistic-regression.ts';
import { countFeatures, logRatios, naiveBayesScores } from './naive-bayes.ts';
import { softmaxInPlace } from './softmax.ts';
import { SparseRows } from './sparse-rows.ts';

/** A classifier that a network must beat to be worth its cost. */
export interface Baseline {
  readonly name: string;
  /** [N · C] for each test text */
  readonly probabilities: Float64Array;
}

/** The examples that the baselines are fitted to, tuned on and scored on. */
export interface BaselineTexts {
  readonly train: readonly Example[];
  /** Selects the L2 penalty. */
  readonly valid: readonly Example[];
  readonly test: readonly Example[];
}

const PENALTIES = [20, 6, 2, 0.6]; // the strongest first: each starts from the solution of the one before

/** The baselines, and what they lack. */
export interface Baselines {
  readonly baselines: readonly Baseline[];
  /** Sentences: why one is missing, and that the others do not use all features. */
  readonly leftOut: readonly string[];
}

/**
 * Classifies the test texts by the AFINN lexicon, by naive Bayes, and by naive Bayes logistic regression; the last two
 * over words and bigrams, the L2 penalty selected on the validation texts.
 *
 * @param onProgress told while fitting which fraction is done, of what may be needed
 */
export function baselines(
  { train, valid, test }: BaselineTexts,
  labels: LabelSet,
  onProgress?: (fraction: number) => void,
): Baselines {
  const C = labels.size;
  const vectorizer = new HashingVectorizer({
    wordNgrams: 2,
    skipBigrams: false,
    ending: 0,
    charNgrams: false,
    lexicon: false,
  });
  const vectorize = (examples: readonly Example[]): TextFeatures[] =>
    examples.map(({ text }) => vectorizer.transform(tokenize(text, { cased: false }).map(({ word }) => word)));
  const features = vectorize(train);
  const index = FeatureIndex.of(features, { minDf: 1, maxFeatures: maxFeatures(C) });
  const rowsOf = (texts: readonly TextFeatures[]): SparseRows => new SparseRows(texts.map((text) => index.row(text)));
  const rows = { train: rowsOf(features), valid: rowsOf(vectorize(valid)), test: rowsOf(vectorize(test)) };
  const targets = { train: labels.indicesOf(train), valid: labels.indicesOf(valid) };
  const sizes = { features: index.size, numClasses: C };
  const counts = countFeatures(rows.train, targets.train, sizes);

  const scales = logRatios(counts);
  let initial: Float64Array | undefined;
  const candidates = PENALTIES.map((l2, k) => {
    const fitted = fitLogisticRegression(rows.train, targets.train, {
      ...sizes,
      l2,
      scales,
      initial,
      onProgress: (fraction) => onProgress?.((k + fraction) / PENALTIES.length),
    });
    initial = fitted.solution;
    return { fitted, correct: countCorrect(linearScores(fitted, rows.valid), targets.valid) };
  });
  const best = candidates.reduce((a, b) => (b.correct > a.correct ? b : a));
  const lexicon = lexiconProbabilities(train, test, labels);
  const fitted = [
    { name: 'naive Bayes', probabilities: softmaxRows(naiveBayesScores(counts, rows.test), C) },
    {
      name: 'NB-weighted logistic regression',
      probabilities: softmaxRows(linearScores(best.fitted, rows.test), C),
    },
  ];
  const omitted = index.selection === undefined ? [] : [`The baselines use ${index.selection}.`];
  if (lexicon) return { baselines: [{ name: 'AFINN lexicon', probabilities: lexicon }, ...fitted], leftOut: omitted };
  const noLexicon = 'The AFINN lexicon is left out: it does not tell the classes of the training texts apart.';
  return { baselines: fitted, leftOut: [noLexicon, ...omitted] };
}

/**
 * Returns pseudo-probabilities for the lexicon's score. A larger score is nearer to the class whose training texts have the
 * larger mean score; 0 is the middle class or, of an even number, the upper of the two in the middle.
 *
 * @returns [N · C], or undefined when the lexicon scores all classes of the training texts alike
 */
function lexiconProbabilities(
  train: readonly Example[],
  test: readonly Example[],
  labels: LabelSet,
): Float64Array | undefined {
  const C = labels.size;
  const scorer = new AfinnScorer();
  const sums = new Float64Array(C);
  const counts = new Float64Array(C);
  for (const example of train) {
    const c = labels.indexOf(example);
    sums[c] = (sums[c] as number) + Math.tanh(scorer.score(example.text) / 4);
    counts[c] = (counts[c] as number) + 1;
  }
  const means = Array.from(sums, (sum, c) => sum / Math.max(1, counts[c] as number));
  if (Math.max(...means) - Math.min(...means) < MIN_DIFFERENCE) return undefined;
  const ascending = [...means.keys()].sort((a, b) => (means[a] as number) - (means[b] as number));
  const out = new Float64Array(test.length * C);
  for (const [n, { text }] of test.entries()) {
    const score = scorer.score(text);
    const position = ((Math.tanh(score / 4) + 1) / 2) * (C - 1); // 0 … C-1
    for (const [k, c] of ascending.entries())
      out[n * C + c] = Math.max(0, 1 - Math.abs(position - k)) + (score === 0 && k === Math.floor(C / 2) ? 1e-9 : 0);
  }
  return out;
}

const MIN_DIFFERENCE = 1e-3; // of scores between -1 and 1

function softmaxRows(scores: Float64Array, C: number): Float64Array {
  for (let from = 0; from < scores.length; from += C) softmaxInPlace(scores.subarray(from, from + C));
  return scores;
}

function countCorrect(scores: Float64Array, labels: Int32Array): number {
  const C = scores.length / labels.length;
  let correct = 0;
  for (const [n, label] of labels.entries()) {
    const row = scores.subarray(n * C, (n + 1) * C);
    if (row.indexOf(Math.max(...row)) === label) correct++;
  }
  return correct;
}
