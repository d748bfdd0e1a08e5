import * as Plot from '@observablehq/plot';
import { element } from './element.ts';

/** One chart with everything that belongs beside it. */
export interface Drawing {
  readonly title: string;
  /** What the chart shows, in words: for those who cannot see it, and for those who can. */
  readonly text: string;
  readonly options: Plot.PlotOptions;
  /** The numbers behind it. */
  readonly numbers?: HTMLTableElement;
}

/** Draws a chart as a figure: title, picture with its text, the numbers to unfold. */
export function draw({ title, text, options, numbers }: Drawing): HTMLElement {
  const picture = Plot.plot({
    className: 'plot',
    style: { background: 'none', fontSize: '12px', overflow: 'visible' },
    ariaLabel: title,
    ariaDescription: text,
    ...options,
  });
  if (picture instanceof SVGElement) picture.setAttribute('role', 'img');
  return element(
    'figure',
    {},
    element('h4', {}, title),
    element('div', { class: 'picture' }, picture),
    element('figcaption', {}, text),
    numbers &&
      element('details', {}, element('summary', {}, 'The numbers'), element('div', { class: 'wide' }, numbers)),
  );
}

/** The cells in the order and colours of the whole page; the colours themselves are the style sheet's. */
const CELL_ORDER = ['rnn', 'relu', 'gru', 'lstm', 'slstm', 'mingru', 'minlstm', 'sru'];

const colourOf = (cell: string): string => (CELL_ORDER.includes(cell) ? `var(--${cell})` : 'currentColor');

export const colours = (cells: Iterable<string>): Plot.ScaleOptions => {
  const domain = [...new Set(cells)].toSorted((a, b) => CELL_ORDER.indexOf(a) - CELL_ORDER.indexOf(b));
  return { type: 'ordinal', domain, range: domain.map(colourOf) };
};

/** A cell's name with its colour before it. */
export const cellName = (cell: string, more = ''): HTMLElement =>
  element(
    'span',
    { class: 'cell' },
    element('span', { class: 'dot', style: `background: ${colourOf(cell)}` }),
    `${cell.toUpperCase()}${more}`,
  );
