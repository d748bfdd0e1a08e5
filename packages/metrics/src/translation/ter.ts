import { EditDistance } from './edit-distance.ts';
import { type TercomOptions, tercomWords } from './tercom-tokenizer.ts';
import { SACREBLEU_VERSION, type TranslationMetric } from './translation-metric.ts';
import { trimEnd } from './whitespace.ts';

/** Of {@link ter}; sacreBLEU's defaults. */
export type TerOptions = TercomOptions;

/** A TER score and what it is made of. */
export interface TerScore {
  /** Edits per 100 reference words, 0 … ∞, lower is better. */
  readonly score: number;
  readonly edits: number;
  /** Number of words, averaged over the references. */
  readonly referenceLength: number;
}

/** Limits of tercom on shifts, and of sacreBLEU on how many are tried. */
const MAX_SHIFT_WORDS = 10;
const MAX_SHIFT_DISTANCE = 50;
const MAX_SHIFTS_TRIED = 1000;

/**
 * Translation edit rate: insertions, deletions, substitutions and shifts of word sequences, over the reference's length.
 *
 * The minimum is approximated greedily: the shift that saves most edits is applied as long as one saves any.
 *
 * Source: Snover et al. 2006; tercom; sacreBLEU's `TER`.
 */
export function ter(options: TerOptions = {}): TranslationMetric<TerScore> {
  const { normalized = false, noPunctuation = false, asian = false, caseSensitive = false } = options;
  const words = (text: string) => tercomWords(trimEnd(text), options);
  return {
    name: 'TER',
    settings: [
      `case:${caseSensitive ? 'mixed' : 'lc'}`,
      'tok:tercom',
      `norm:${normalized ? 'yes' : 'no'}`,
      `punct:${noPunctuation ? 'no' : 'yes'}`,
      `asian:${asian ? 'yes' : 'no'}`,
      SACREBLEU_VERSION,
    ].join('|'),
    segment: (hypothesis, references) => {
      const proposed = words(hypothesis);
      // sacreBLEU tokenizes references twice, which matters where normalised text can be split again; its values depend on it.
      const wanted = references.map((reference) => words(words(reference).join(' ')));
      const edits = wanted.map((reference) => countEdits(proposed, reference));
      const length = wanted.reduce((sum, reference) => sum + reference.length, 0) / wanted.length;
      return [Math.min(...edits), length];
    },
    score: ([edits = 0, referenceLength = 0]) => {
      const score = referenceLength > 0 ? (100 * edits) / referenceLength : edits > 0 ? 100 : 0;
      return { score, edits, referenceLength };
    },
  };
}

function countEdits(hypothesis: readonly string[], reference: readonly string[]): number {
  if (reference.length === 0) return hypothesis.length;
  const ids = new Map<string, number>();
  const idOf = (word: string): number => {
    const id = ids.get(word) ?? ids.size;
    ids.set(word, id);
    return id;
  };
  const wanted = Int32Array.from(reference, idOf);
  let words = Int32Array.from(hypothesis, idOf);
  let edits = new EditDistance(words, wanted);
  let shifts = 0;
  let budget = MAX_SHIFTS_TRIED;
  for (;;) {
    const { best, tried } = bestShift(words, wanted, edits, budget);
    budget -= tried;
    if (budget <= 0 || best === undefined || best.saved <= 0) return shifts + edits.distance;
    words = best.words;
    edits = new EditDistance(words, wanted);
    shifts++;
  }
}

interface Shift {
  readonly saved: number;
  readonly length: number;
  readonly start: number;
  readonly target: number;
  readonly words: Int32Array<ArrayBuffer>;
}

/** The shift that saves most edits; of equals the longest, then the one from furthest left, then the one to furthest left. */
function bestShift(
  words: Int32Array,
  wanted: Int32Array,
  edits: EditDistance,
  budget: number,
): { best: Shift | undefined; tried: number } {
  const { hypothesisOf, hypothesisErrors, referenceErrors } = edits.align();
  let best: Shift | undefined;
  let tried = 0;
  for (const { start, wantedStart, length } of commonRuns(words, wanted)) {
    const position = hypothesisOf[wantedStart] as number;
    const inPlace = position >= start && position < start + length;
    if (inPlace || !anyIn(hypothesisErrors, start, length) || !anyIn(referenceErrors, wantedStart, length)) continue;
    let last = -1;
    for (let offset = -1; offset < length; offset++) {
      const after = wantedStart + offset;
      const target = after < 0 ? 0 : (hypothesisOf[after] as number) + 1;
      if (target === last) continue;
      last = target;
      const moved = move(words, start, length, target);
      const saved = edits.distance - edits.reordered(moved, Math.min(start, target));
      const shift = { saved, length, start, target, words: moved };
      if (best === undefined || isBetter(shift, best)) best = shift;
      tried++;
    }
    if (tried >= budget) break;
  }
  return { best, tried };
}

function isBetter(a: Shift, b: Shift): boolean {
  return (a.saved - b.saved || a.length - b.length || b.start - a.start || b.target - a.target) > 0;
}

/** Every run of words that both lists have, not too far apart, at all its lengths. */
function* commonRuns(
  words: Int32Array,
  wanted: Int32Array,
): Generator<{ start: number; wantedStart: number; length: number }> {
  for (let start = 0; start < words.length; start++) {
    const first = Math.max(0, start - MAX_SHIFT_DISTANCE);
    const end = Math.min(wanted.length, start + MAX_SHIFT_DISTANCE + 1);
    for (let wantedStart = first; wantedStart < end; wantedStart++) {
      const longest = Math.min(MAX_SHIFT_WORDS, words.length - start, wanted.length - wantedStart);
      for (let length = 1; length <= longest; length++) {
        if (words[start + length - 1] !== wanted[wantedStart + length - 1]) break;
        yield { start, wantedStart, length };
      }
    }
  }
}

function anyIn(errors: Uint8Array, start: number, length: number): boolean {
  return errors.subarray(start, start + length).includes(1);
}

/** `length` words from `start` on, moved to before what stands at `target`, or as far on when that is among themselves. */
function move(words: Int32Array, start: number, length: number, target: number): Int32Array<ArrayBuffer> {
  const moved = Int32Array.from(words);
  const run = words.subarray(start, start + length);
  if (target < start) {
    moved.copyWithin(target + length, target, start);
    moved.set(run, target);
  } else {
    const end = target > start + length ? target : Math.min(target + length, words.length);
    moved.copyWithin(start, start + length, end);
    moved.set(run, start + end - (start + length));
  }
  return moved;
}
