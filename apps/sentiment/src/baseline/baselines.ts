import type { Example } from '../data/example.ts';
import type { LabelSet } from '../data/label-set.ts';
import { tokenize } from '../tokenizer/tokens.ts';
import { FeatureIndex } from './feature-index.ts';
import { HashingVectorizer, type TextFeatures } from './hashing-vectorizer.ts';
import { AfinnScorer } from './lexicon.ts';
import { fitLogisticRegression, linearScores } from './logistic-regression.ts';
import { countFeatures, logRatios, naiveBayesScores } from './naive-bayes.ts';
import { softmaxInPlace } from './softmax.ts';
import { SparseRows } from './sparse-rows.ts';

/** A classifier that a network must beat to be worth its cost. */
export interface Baseline {
  readonly name: string;
  /** [N · C] for each test text */
  readonly probabilities: Float64Array;
}

export interface BaselineTexts {
  readonly train: readonly Example[];
  /** Selects the L2 penalty. */
  readonly valid: readonly Example[];
  readonly test: readonly Example[];
}

const PENALTIES = [20, 6, 2, 0.6]; // the strongest first: each starts from the solution of the one before

/**
 * Classifies the test texts by the AFINN lexicon, by naive Bayes, and by naive Bayes logistic regression; the last two
 * over words and bigrams, the L2 penalty selected on the validation texts.
 */
export function baselines({ train, valid, test }: BaselineTexts, labels: LabelSet): Baseline[] {
  const C = labels.size;
  const vectorizer = new HashingVectorizer({ wordNgrams: 2, charNgrams: false, lexicon: false });
  const vectorize = (examples: readonly Example[]): TextFeatures[] =>
    examples.map(({ text }) => vectorizer.transform(tokenize(text, { cased: false }).map(({ word }) => word)));
  const features = vectorize(train);
  const index = FeatureIndex.of(features, 1);
  const rowsOf = (texts: readonly TextFeatures[]): SparseRows => new SparseRows(texts.map((text) => index.row(text)));
  const rows = { train: rowsOf(features), valid: rowsOf(vectorize(valid)), test: rowsOf(vectorize(test)) };
  const targets = { train: labels.indicesOf(train), valid: labels.indicesOf(valid) };
  const sizes = { features: index.size, numClasses: C };
  const counts = countFeatures(rows.train, targets.train, sizes);

  const scales = logRatios(counts);
  let initial: Float64Array | undefined;
  const candidates = PENALTIES.map((l2) => {
    const fitted = fitLogisticRegression(rows.train, targets.train, { ...sizes, l2, scales, initial });
    initial = fitted.solution;
    return { fitted, correct: countCorrect(linearScores(fitted, rows.valid), targets.valid) };
  });
  const best = candidates.reduce((a, b) => (b.correct > a.correct ? b : a));
  return [
    { name: 'AFINN lexicon', probabilities: lexiconProbabilities(test, C) },
    { name: 'naive Bayes', probabilities: softmaxRows(naiveBayesScores(counts, rows.test), C) },
    {
      name: 'NB-weighted logistic regression',
      probabilities: softmaxRows(linearScores(best.fitted, rows.test), C),
    },
  ];
}

/**
 * Returns pseudo-probabilities for the lexicon's score: below 0 the first class, above 0 the last, 0 the middle one or,
 * of an even number of classes, the upper of the two in the middle. A larger score gets a higher probability.
 */
function lexiconProbabilities(examples: readonly Example[], C: number): Float64Array {
  const scorer = new AfinnScorer();
  const out = new Float64Array(examples.length * C);
  for (const [n, { text }] of examples.entries()) {
    const score = scorer.score(text);
    const position = ((Math.tanh(score / 4) + 1) / 2) * (C - 1); // 0 … C-1
    for (let c = 0; c < C; c++)
      out[n * C + c] = Math.max(0, 1 - Math.abs(position - c)) + (score === 0 && c === Math.floor(C / 2) ? 1e-9 : 0);
  }
  return out;
}

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
