import type { Example } from '../data/example.ts';
import type { LabelSet } from '../data/label-set.ts';
import { tokensOf } from '../tokenizer/tokens.ts';
import { FeatureIndex } from './feature-index.ts';
import { AfinnScorer } from './lexicon.ts';
import { fitLogisticRegression, linearScores } from './logistic-regression.ts';
import { countFeatures, logRatios, naiveBayesScores } from './naive-bayes.ts';
import { toProbabilities } from './softmax.ts';
import { SparseRows } from './sparse-rows.ts';
import { FeatureReader, type TextFeatures } from './text-features.ts';

/** What a network must beat to be worth its cost. */
export interface Baseline {
  readonly name: string;
  /** [N · C] probabilities of the texts that are judged */
  readonly probabilities: Float64Array;
}

export interface BaselineTexts {
  readonly train: readonly Example[];
  /** Chooses the penalty. */
  readonly valid: readonly Example[];
  /** Those that are judged. */
  readonly judged: readonly Example[];
}

const PENALTIES = [20, 6, 2, 0.6]; // the strongest first: each is where the next begins

/**
 * The same texts, by the AFINN lexicon, by naive Bayes and by logistic regression over naive Bayes log ratios; the last
 * two on words and pairs of words, the penalty chosen on the validation texts.
 */
export function baselines({ train, valid, judged }: BaselineTexts, labels: LabelSet): Baseline[] {
  const C = labels.size;
  const reader = new FeatureReader({ words: 2, characters: false, lexicon: false });
  const read = (examples: readonly Example[]): TextFeatures[] =>
    examples.map(({ text }) => reader.read(tokensOf(text, { foldCase: true }).map(({ word }) => word)));
  const features = read(train);
  const index = FeatureIndex.of(features, 1);
  const rowsOf = (texts: readonly TextFeatures[]): SparseRows => new SparseRows(texts.map((text) => index.row(text)));
  const rows = { train: rowsOf(features), valid: rowsOf(read(valid)), judged: rowsOf(read(judged)) };
  const numbers = { train: labels.numbersOf(train), valid: labels.numbersOf(valid) };
  const counts = countFeatures(rows.train, numbers.train, { features: index.size, classes: C });

  const scales = logRatios(counts);
  let from: Float64Array | undefined;
  const candidates = PENALTIES.map((penalty) => {
    const fitted = fitLogisticRegression(rows.train, numbers.train, {
      features: index.size,
      classes: C,
      penalty,
      scales,
      from,
    });
    from = fitted.solution;
    return { fitted, right: countRight(linearScores(fitted, rows.valid), numbers.valid) };
  });
  const best = candidates.reduce((a, b) => (b.right > a.right ? b : a));
  return [
    { name: 'AFINN lexicon', probabilities: lexiconProbabilities(judged, C) },
    { name: 'naive Bayes', probabilities: normalized(naiveBayesScores(counts, rows.judged), C) },
    {
      name: 'NB-weighted logistic regression',
      probabilities: normalized(linearScores(best.fitted, rows.judged), C),
    },
  ];
}

/**
 * The lexicon's verdict as probabilities: below 0 the first class, above 0 the last, 0 the middle one or, of an even
 * number of classes, the upper of the middle. It knows nothing of certainty; a strong score is given more.
 */
function lexiconProbabilities(examples: readonly Example[], C: number): Float64Array {
  const scorer = new AfinnScorer();
  const out = new Float64Array(examples.length * C);
  for (const [n, { text }] of examples.entries()) {
    const score = scorer.score(text);
    const place = ((Math.tanh(score / 4) + 1) / 2) * (C - 1); // 0 … C-1
    for (let c = 0; c < C; c++)
      out[n * C + c] = Math.max(0, 1 - Math.abs(place - c)) + (score === 0 && c === Math.floor(C / 2) ? 1e-9 : 0);
  }
  return out;
}

function normalized(scores: Float64Array, C: number): Float64Array {
  for (let from = 0; from < scores.length; from += C) toProbabilities(scores.subarray(from, from + C));
  return scores;
}

function countRight(scores: Float64Array, labels: Int32Array): number {
  const C = scores.length / labels.length;
  let right = 0;
  for (const [n, label] of labels.entries()) {
    const own = scores.subarray(n * C, (n + 1) * C);
    if (own.indexOf(Math.max(...own)) === label) right++;
  }
  return right;
}
