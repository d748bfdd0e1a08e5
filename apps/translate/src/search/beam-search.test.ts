import { createReferenceBackend, crossEntropy, Parameters, Rng, Tape } from '@unroll/rnn-core';
import { describe, expect, test, vi } from 'vitest';
import { keepAll } from '../model/dropping.ts';
import { TranslationModel, type TranslationModelConfig } from '../model/translation-model.ts';
import { ended, forcedLogits, teacherForcing } from '../training/teacher-forcing.ts';
import { beamSearch, type SearchOptions } from './beam-search.ts';
import type { Writer } from './decoding.ts';
import { type Hypothesis, lengthFactor } from './hypothesis.ts';

vi.setConfig({ testTimeout: 300_000 }); // a second's work each, and a busy machine fails none

const SOURCE_VOCAB = 6;
const BOUNDARY = 3; // the target's words are 0 1 2
const BOUNDARIES = { source: SOURCE_VOCAB - 1, target: BOUNDARY };

const PLAIN: SearchOptions = {
  beam: 1,
  best: 1,
  lengthNormalisation: 1,
  coveragePenalty: 0,
  blockNgrams: 0,
  minLength: 0,
  withAttention: false,
};

/** A small model with random weights, large enough that it has opinions. */
function toy(seed: number, config: Partial<TranslationModelConfig> = {}): Writer {
  const backend = createReferenceBackend();
  const model = new TranslationModel({
    cell: 'gru',
    sourceVocab: SOURCE_VOCAB,
    targetVocab: BOUNDARY + 1,
    sharedEmbedding: false,
    tied: true,
    embedding: 5,
    hidden: 4,
    encoderLayers: 1,
    decoder: 'interleaved',
    decoderHidden: 4,
    attention: 'general',
    ...config,
  });
  const parameters = Parameters.create(model, backend, Rng.seeded(seed));
  backend.kernels.scale(parameters.values, parameters.values, 2.5, parameters.size, 0);
  return { model, backend, boundary: BOUNDARY };
}

/** Sentences of one to six words. */
function sentences(count: number, seed: number): Int32Array[] {
  const rng = Rng.seeded(seed);
  return Array.from({ length: count }, () =>
    Int32Array.from({ length: 1 + rng.integer(6) }, () => rng.integer(SOURCE_VOCAB - 1)),
  );
}

const search = (writer: Writer, sources: readonly Int32Array[], options: Partial<SearchOptions>): Hypothesis[][] =>
  beamSearch(
    writer,
    sources.map((source) => ended(source, BOUNDARIES.source)),
    { ...PLAIN, ...options },
  );

const best = (found: readonly Hypothesis[][]): Hypothesis[] => found.map(([first]) => first!);

/** The score of a given translation, by a path that shares nothing with the search. */
function scoreOf({ model, backend }: Writer, source: Int32Array, target: Int32Array, options: SearchOptions): number {
  using _ = new Tape(backend, { record: false });
  const { loss, tokens } = teacherForcing(model, [{ source, target }], BOUNDARIES, keepAll);
  return (-loss.item() * tokens) / lengthFactor(tokens, options);
}

/** Every translation of at most `length` words. */
function everyTranslation(length: number): Int32Array[] {
  if (length === 0) return [new Int32Array(0)];
  const shorter = everyTranslation(length - 1);
  const longest = shorter.filter((words) => words.length === length - 1);
  return [...shorter, ...longest.flatMap((words) => [0, 1, 2].map((word) => Int32Array.of(...words, word)))];
}

describe('a beam as wide as the language', () => {
  test.each([0, 0.6, 1, 1.7])(
    'finds what exhaustive search finds, in its order, with α %d',
    (lengthNormalisation) => {
      const options = { beam: 81, best: 7, lengthNormalisation, maxLength: 4 };
      for (const seed of [1, 2, 3]) {
        const writer = toy(seed);
        const [source] = sentences(1, seed) as [Int32Array];
        const scored = everyTranslation(4).map((target) => ({
          words: [...target],
          score: scoreOf(writer, source, target, { ...PLAIN, ...options }),
        }));
        scored.sort((a, b) => b.score - a.score);
        const [found] = search(writer, [source], options);
        expect(found!.map(({ ids }) => [...ids])).toEqual(scored.slice(0, 7).map(({ words }) => words));
        for (const [k, { score }] of found!.entries()) expect(score).toBeCloseTo(scored[k]!.score, 5);
      }
    },
  );
});

describe.each([
  ['interleaved', 'general', 'gru'],
  ['interleaved', 'none', 'lstm'],
  ['fed', 'additive', 'lstm'],
  ['fed', 'dot', 'rnn'],
] as const)('%s decoder, %s attention, %s', (decoder, attention, cell) => {
  const shape = { decoder, attention, cell, ...(attention === 'dot' && { decoderHidden: 8 }) };

  test('a beam finds at least what greedy search finds, on every sentence', () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const writer = toy(seed, shape);
      const sources = sentences(12, seed);
      for (const lengthNormalisation of [0, 1]) {
        const greedy = best(search(writer, sources, { lengthNormalisation }));
        for (const beam of [2, 3, 5]) {
          const found = best(search(writer, sources, { lengthNormalisation, beam }));
          const worse = found.filter(({ score }, k) => score < greedy[k]!.score);
          expect(worse).toEqual([]);
        }
      }
    }
  });

  test('one sentence at a time or all at once is the same', () => {
    const writer = toy(7, shape);
    const sources = sentences(9, 7);
    const options = { beam: 4, best: 3, withAttention: true };
    const together = search(writer, sources, options);
    const alone = sources.flatMap((source) => search(writer, [source], options));
    expect(together).toEqual(alone);
  });

  test('its scores are those of teacher forcing', () => {
    const writer = toy(8, shape);
    const sources = sentences(4, 8);
    for (const [k, { ids, score }] of best(search(writer, sources, { beam: 3 })).entries())
      expect(score).toBeCloseTo(scoreOf(writer, sources[k]!, ids, PLAIN), 5);
  });
});

test('greedy takes the likeliest token at every step', () => {
  const writer = toy(3);
  const [source] = sentences(1, 3) as [Int32Array];
  const [[{ ids }]] = search(writer, [source], { maxLength: 5 }) as [[Hypothesis]];
  const words: number[] = [];
  while (words.length < 5) {
    const costs = [0, 1, 2, BOUNDARY].map((token) => costOfNext(words, token));
    const likeliest = costs.indexOf(Math.min(...costs));
    if (likeliest === BOUNDARY) break;
    words.push(likeliest);
  }
  expect([...ids]).toEqual(words);

  /** -ln p(token | before), by teacher forcing. */
  function costOfNext(before: readonly number[], token: number): number {
    using _ = new Tape(writer.backend, { record: false });
    const target = Int32Array.of(...before, ...(token === BOUNDARY ? [] : [token]));
    const { logits, targets } = forcedLogits(writer.model, [{ source, target }], BOUNDARIES, keepAll);
    return crossEntropy(logits, targets, { reduction: 'none' }).toArray()[before.length]!;
  }
});

/** How much of the source's places no token looked at. */
const unread = ({ attention }: Hypothesis) =>
  attention[0]!.reduce((sum, _, s) => sum + Math.max(0, 1 - attention.reduce((seen, row) => seen + row[s]!, 0)), 0);

const allUnread = (found: readonly Hypothesis[]) => found.reduce((total, one) => total + unread(one), 0);

describe('what a translation may be', () => {
  const writer = toy(5);
  const sources = sentences(10, 5);

  test('no n-gram is written twice', () => {
    for (const n of [1, 2, 3]) {
      const found = search(writer, sources, { beam: 3, best: 3, blockNgrams: n, minLength: 5 });
      expect(found.every(({ length }) => length > 0)).toBe(true);
      for (const { ids } of found.flat()) {
        const ngrams = Array.from({ length: Math.max(0, ids.length - n + 1) }, (_, k) => ids.slice(k, k + n).join());
        expect(ngrams).toEqual([...new Set(ngrams)]);
      }
    }
  });

  test('it is as long as asked for', () => {
    for (const { ids } of search(writer, sources, { beam: 4, best: 4, minLength: 3, maxLength: 5 }).flat()) {
      expect(ids.length).toBeGreaterThanOrEqual(3);
      expect(ids.length).toBeLessThanOrEqual(5);
    }
  });

  test('a coverage penalty ranks translations that look everywhere higher', () => {
    const options = { beam: 8, withAttention: true, lengthNormalisation: 0 };
    const without = best(search(writer, sources, options));
    const withPenalty = best(search(writer, sources, { ...options, coveragePenalty: 5 }));
    expect(allUnread(withPenalty)).toBeLessThan(allUnread(without));
  });

  test('where it looked is a distribution over the real places of the source, for every token and the end', () => {
    for (const [k, { ids, attention }] of best(search(writer, sources, { beam: 2, withAttention: true })).entries()) {
      expect(attention.length).toBe(ids.length + 1);
      for (const row of attention) {
        expect(row.length).toBe(sources[k]!.length + 1);
        expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
      }
    }
  });
});
