import stringWidth from 'string-width';

/** Where the decoder looked for each token it wrote. */
export interface HeatMap {
  /** The source's subwords, its end last. */
  readonly source: readonly string[];
  /** The translation's, its end last. */
  readonly target: readonly string[];
  /** Per token of the translation, [target][source], each row's sum 1. */
  readonly weights: readonly (readonly number[])[];
}

const SHADES = [' ', '░', '▒', '▓', '█'];
const graphemes = new Intl.Segmenter('en');
const LIMITS = [0.05, 0.2, 0.4, 0.65]; // a weight above limit k is drawn in shade k + 1

/**
 * A heat map as text: a row a subword of the translation, a column a subword of the source, whose names stand above,
 * written downwards.
 */
export function drawHeatMap({ source, target, weights }: HeatMap): string {
  const names = target.map(shown);
  const margin = Math.max(...names.map((name) => stringWidth(name)));
  const heads = source.map((name) => Array.from(graphemes.segment(shown(name)), ({ segment }) => segment));
  const height = Math.max(...heads.map(({ length }) => length));
  const blank = ' '.repeat(margin);
  const head = Array.from({ length: height }, (_, row) =>
    `${blank} ${heads.map((name) => padded(name[row - height + name.length] ?? '')).join('')}`.trimEnd(),
  );
  const rows = names.map((name, t) => {
    const cells = (weights[t] ?? []).map((weight) =>
      (SHADES[LIMITS.filter((limit) => weight > limit).length] ?? '').repeat(2),
    );
    return `${' '.repeat(margin - stringWidth(name))}${name} ${cells.join('')}`.trimEnd();
  });
  return [...head, ...rows].join('\n');
}

/** A subword by itself: its leading blank says that a word begins, which its place shows as well. */
const shown = (subword: string): string => subword.trim() || '␣';

/** One character in two columns, as wide as a cell. */
const padded = (character: string): string => character + ' '.repeat(Math.max(0, 2 - stringWidth(character)));
