import stringWidth from 'string-width';
import { cleaned, type TranslationTokenizer } from '../tokenizer.ts';
import type { Translation } from '../translator.ts';

/** The attention weights of one translation. */
export interface HeatMap {
  /** Subwords of the source, with the end-of-sentence token. */
  readonly source: readonly string[];
  /** Subwords of the translation, with the end-of-sentence token. */
  readonly target: readonly string[];
  /** [target][source]; each row sums to 1. */
  readonly weights: readonly (readonly number[])[];
}

const SHADES = [' ', '░', '▒', '▓', '█'];
const THRESHOLDS = [0.05, 0.2, 0.4, 0.65]; // a weight above threshold k has shade k + 1
const END = '⏎';
const graphemes = new Intl.Segmenter('en');

/** The attention weights of a translation that was searched for `withAttention`. */
export function heatMapOf(
  { source, target }: TranslationTokenizer,
  sentence: string,
  translation: Translation | undefined,
): HeatMap {
  return {
    source: subwords(source, source.encode(cleaned(sentence))),
    target: subwords(target, translation?.ids ?? []),
    weights: (translation?.attention ?? []).map((row) => Array.from(row, (weight) => Number(weight.toFixed(4)))),
  };
}

/** The texts of ids and of the end of the sentence. */
const subwords = (tokenizer: TranslationTokenizer['source'], ids: Iterable<number>): string[] => [
  ...Array.from(ids, (id) => tokenizer.textOf(id)),
  END,
];

/** A heat map as text: a row per target subword, a column per source subword, with its text written downwards. */
export function drawHeatMap({ source, target, weights }: HeatMap): string {
  const names = target.map(trimmed);
  const margin = Math.max(...names.map((name) => stringWidth(name)));
  const columns = source.map((name) => Array.from(graphemes.segment(trimmed(name)), ({ segment }) => segment));
  const height = Math.max(...columns.map(({ length }) => length));
  const blank = ' '.repeat(margin);
  const head = Array.from({ length: height }, (_, row) =>
    `${blank} ${columns.map((name) => padded(name[row - height + name.length] ?? '')).join('')}`.trimEnd(),
  );
  const rows = names.map((name, t) => {
    const cells = (weights[t] ?? []).map((weight) =>
      (SHADES[THRESHOLDS.filter((threshold) => weight > threshold).length] ?? '').repeat(2),
    );
    return `${' '.repeat(margin - stringWidth(name))}${name} ${cells.join('')}`.trimEnd();
  });
  return [...head, ...rows].join('\n');
}

/** A subword without the space that marks the start of a word. */
const trimmed = (subword: string): string => subword.trim() || '␣';

/** One character padded to the two columns of a cell. */
const padded = (character: string): string => character + ' '.repeat(Math.max(0, 2 - stringWidth(character)));
