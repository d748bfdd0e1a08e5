import { createReferenceBackend, crossEntropy, Parameters, Rng, Tape } from '@unroll/rnn-core';
import { describe, expect, test, vi } from 'vitest';
import { noDropout } from '../model/dropout.ts';
import type { TranslationModelConfig } from '../model/model-config.ts';
import { TranslationModel } from '../model/translation-model.ts';
import { withEos } from '../tokenizer.ts';
import { forcedLogits, teacherForcing } from '../training/teacher-forcing.ts';
import { type BeamSearchOptions, beamSearch } from './beam-search.ts';
import { type Hypothesis, lengthDivisor } from './hypothesis.ts';
import type { DecodingModel } from './incremental-decoder.ts';

vi.setConfig({ testTimeout: 300_000 }); // a second's work each, and a busy machine fails none

const SOURCE_VOCAB = 6;
const EOS = 3; // the target's other tokens are 0 1 2
const EOS_IDS = { source: SOURCE_VOCAB - 1, target: EOS };

const PLAIN: BeamSearchOptions = {
  beamSize: 1,
  nBest: 1,
  lengthPenalty: 1,
  coveragePenalty: 0,
  noRepeatNgramSize: 0,
  minLength: 0,
  withAttention: false,
};

/** A small model with random weights, scaled up so that its predictions are far from uniform. */
function toy(seed: number, config: Partial<TranslationModelConfig> = {}): DecodingModel {
  const backend = createReferenceBackend();
  const model = new TranslationModel({
    cell: 'gru',
    sourceVocabSize: SOURCE_VOCAB,
    targetVocabSize: EOS + 1,
    sharedEmbedding: false,
    tieWeights: true,
    embeddingSize: 5,
    hiddenSize: 4,
    numLayers: 1,
    decoder: 'interleaved',
    decoderHiddenSize: 4,
    attention: 'general',
    ...config,
  });
  const parameters = Parameters.create(model, backend, Rng.seeded(seed));
  backend.kernels.scale(parameters.values, parameters.values, 2.5, parameters.size, 0);
  return { model, backend, eos: EOS };
}

/** Sentences of one to six words. */
function sentences(count: number, seed: number): Int32Array[] {
  const rng = Rng.seeded(seed);
  return Array.from({ length: count }, () =>
    Int32Array.from({ length: 1 + rng.integer(6) }, () => rng.integer(SOURCE_VOCAB - 1)),
  );
}

const search = (
  toyModel: DecodingModel,
  sources: readonly Int32Array[],
  options: Partial<BeamSearchOptions>,
): Hypothesis[][] =>
  beamSearch(
    toyModel,
    sources.map((source) => withEos(source, EOS_IDS.source)),
    { ...PLAIN, ...options },
  );

const best = (found: readonly Hypothesis[][]): Hypothesis[] => found.map(([first]) => first!);

/** The score of a given translation, computed without the search. */
function scoreOf(
  { model, backend }: DecodingModel,
  source: Int32Array,
  target: Int32Array,
  options: BeamSearchOptions,
): number {
  using _ = new Tape(backend, { record: false });
  const { loss, tokens } = teacherForcing(model, [{ source, target }], EOS_IDS, noDropout);
  return (-loss.item() * tokens) / lengthDivisor(tokens, options);
}

/** Every translation of at most `length` words. */
function everyTranslation(length: number): Int32Array[] {
  if (length === 0) return [new Int32Array(0)];
  const shorter = everyTranslation(length - 1);
  const longest = shorter.filter((words) => words.length === length - 1);
  return [...shorter, ...longest.flatMap((words) => [0, 1, 2].map((word) => Int32Array.of(...words, word)))];
}

describe('a beam of all possible translations', () => {
  test.each([0, 0.6, 1, 1.7])('finds what exhaustive search finds, in order, with α %d', (lengthPenalty) => {
    const options = { beamSize: 81, nBest: 7, lengthPenalty, maxLength: 4 };
    for (const seed of [1, 2, 3]) {
      const toyModel = toy(seed);
      const [source] = sentences(1, seed) as [Int32Array];
      const scored = everyTranslation(4).map((target) => ({
        words: [...target],
        score: scoreOf(toyModel, source, target, { ...PLAIN, ...options }),
      }));
      scored.sort((a, b) => b.score - a.score);
      const [found] = search(toyModel, [source], options);
      expect(found!.map(({ ids }) => [...ids])).toEqual(scored.slice(0, 7).map(({ words }) => words));
      for (const [k, { score }] of found!.entries()) expect(score).toBeCloseTo(scored[k]!.score, 5);
    }
  });
});

describe.each([
  ['interleaved', 'general', 'gru'],
  ['interleaved', 'none', 'lstm'],
  ['input-feeding', 'additive', 'lstm'],
  ['input-feeding', 'dot', 'rnn'],
] as const)('%s decoder, %s attention, %s', (decoder, attention, cell) => {
  const shape = { decoder, attention, cell, ...(attention === 'dot' && { decoderHiddenSize: 8 }) };

  test('beam search scores at least as high as greedy search, on every sentence', () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const toyModel = toy(seed, shape);
      const sources = sentences(12, seed);
      for (const lengthPenalty of [0, 1]) {
        const greedy = best(search(toyModel, sources, { lengthPenalty }));
        for (const beamSize of [2, 3, 5]) {
          const found = best(search(toyModel, sources, { lengthPenalty, beamSize }));
          const worse = found.filter(({ score }, k) => score < greedy[k]!.score);
          expect(worse).toEqual([]);
        }
      }
    }
  });

  test('a batch of sentences gives the same as each sentence alone', () => {
    const toyModel = toy(7, shape);
    const sources = sentences(9, 7);
    const options = { beamSize: 4, nBest: 3, withAttention: true };
    const together = search(toyModel, sources, options);
    const alone = sources.flatMap((source) => search(toyModel, [source], options));
    expect(together).toEqual(alone);
  });

  test('scores equal those of teacher forcing', () => {
    const toyModel = toy(8, shape);
    const sources = sentences(4, 8);
    for (const [k, { ids, score }] of best(search(toyModel, sources, { beamSize: 3 })).entries())
      expect(score).toBeCloseTo(scoreOf(toyModel, sources[k]!, ids, PLAIN), 5);
  });
});

test('greedy search takes the most probable token at every step', () => {
  const toyModel = toy(3);
  const [source] = sentences(1, 3) as [Int32Array];
  const [[{ ids }]] = search(toyModel, [source], { maxLength: 5 }) as [[Hypothesis]];
  const words: number[] = [];
  while (words.length < 5) {
    const costs = [0, 1, 2, EOS].map((token) => costOfNext(words, token));
    const likeliest = costs.indexOf(Math.min(...costs));
    if (likeliest === EOS) break;
    words.push(likeliest);
  }
  expect([...ids]).toEqual(words);

  /** -ln p(token | before), by teacher forcing. */
  function costOfNext(before: readonly number[], token: number): number {
    using _ = new Tape(toyModel.backend, { record: false });
    const target = Int32Array.of(...before, ...(token === EOS ? [] : [token]));
    const { logits, targets } = forcedLogits(toyModel.model, [{ source, target }], EOS_IDS, noDropout);
    return crossEntropy(logits, targets, { reduction: 'none' }).toArray()[before.length]!;
  }
});

/** How far the attention to the source positions falls short of 1 each. */
const unattended = ({ attention }: Hypothesis) =>
  attention[0]!.reduce((sum, _, s) => sum + Math.max(0, 1 - attention.reduce((seen, row) => seen + row[s]!, 0)), 0);

const totalUnattended = (found: readonly Hypothesis[]) => found.reduce((total, one) => total + unattended(one), 0);

describe('constraints on translations', () => {
  const toyModel = toy(5);
  const sources = sentences(10, 5);

  test('no n-gram is repeated', () => {
    for (const n of [1, 2, 3]) {
      const found = search(toyModel, sources, { beamSize: 3, nBest: 3, noRepeatNgramSize: n, minLength: 5 });
      expect(found.every(({ length }) => length > 0)).toBe(true);
      for (const { ids } of found.flat()) {
        const ngrams = Array.from({ length: Math.max(0, ids.length - n + 1) }, (_, k) => ids.slice(k, k + n).join());
        expect(ngrams).toEqual([...new Set(ngrams)]);
      }
    }
  });

  test('minimum and maximum length', () => {
    for (const { ids } of search(toyModel, sources, { beamSize: 4, nBest: 4, minLength: 3, maxLength: 5 }).flat()) {
      expect(ids.length).toBeGreaterThanOrEqual(3);
      expect(ids.length).toBeLessThanOrEqual(5);
    }
  });

  test('a coverage penalty prefers translations that attend to all of the source', () => {
    const options = { beamSize: 8, withAttention: true, lengthPenalty: 0 };
    const without = best(search(toyModel, sources, options));
    const withPenalty = best(search(toyModel, sources, { ...options, coveragePenalty: 5 }));
    expect(totalUnattended(withPenalty)).toBeLessThan(totalUnattended(without));
  });

  test('attention is a distribution over the unpadded source positions, for every token and the end', () => {
    for (const [k, { ids, attention }] of best(
      search(toyModel, sources, { beamSize: 2, withAttention: true }),
    ).entries()) {
      expect(attention.length).toBe(ids.length + 1);
      for (const row of attention) {
        expect(row.length).toBe(sources[k]!.length + 1);
        expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
      }
    }
  });
});
