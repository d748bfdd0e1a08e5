import * as Plot from '@observablehq/plot';
import type { GradientSnapshot, LayerSnapshot } from '@unroll/rnn-core';
import { grouped } from '../grouped.ts';
import { range } from '../quantity.ts';
import type { RunSummary } from '../run-summary.ts';
import { colours, type Drawing } from './drawing.ts';
import { tableOf } from './element.ts';

const SMALLEST = 1e-6; // what is smaller is not drawn

/** The layer a run's charts are of: the one its diagnosis speaks of first, or its only one. */
function shownLayer(snapshot: GradientSnapshot | undefined): LayerSnapshot | undefined {
  const layers = snapshot?.layers ?? [];
  return layers
    .toSorted((a, b) => (b.reach.at(-1) ?? 0) * b.reach.length - (a.reach.at(-1) ?? 0) * a.reach.length)
    .at(-1);
}

/** How much of a gradient arrives k steps back, at the end of training. */
export function gradientReach(runs: readonly RunSummary[]): Drawing[] {
  const points = runs.flatMap(({ snapshots, cell, name }) =>
    (shownLayer(snapshots.at(-1))?.reach ?? []).flatMap((left, back) =>
      left >= SMALLEST ? [{ back, left, cell, name }] : [],
    ),
  );
  if (points.length === 0) return [];
  const powers = powersOfTen(points.map(({ left }) => left));
  const words = [...grouped(runs, ({ cell }) => cell)].flatMap(([cell, runs]) => {
    const layers = runs.flatMap(({ diagnosis }) => diagnosis?.layers[0] ?? []);
    if (layers.length === 0) return [];
    const horizons = layers.flatMap(({ horizon }) => horizon ?? []);
    const factors = range(
      layers.map(({ factor }) => factor),
      2,
    );
    return `${cell.toUpperCase()}: ${factors} a step${horizons.length > 0 ? `, less than 1 % after ${range(horizons, 0)}` : ''}.`;
  });
  return [
    {
      title: 'What is left of a gradient, steps back',
      text: `The product of the recurrence’s Jacobians, in the last snapshot; below the line at 1 % almost nothing arrives. ${words.join(' ')}`,
      options: {
        width: 460,
        height: 280,
        marginLeft: 56,
        marginBottom: 36,
        x: { label: 'steps back', nice: false },
        y: {
          type: 'log',
          label: 'fraction left',
          grid: true,
          tickFormat: powerName,
          ticks: powers,
          domain: [powers[0], powers.at(-1)],
        },
        color: colours(points.map(({ cell }) => cell)),
        marks: [
          Plot.ruleY([0.01], { stroke: 'currentColor', strokeDasharray: '4 3', strokeOpacity: 0.6 }),
          Plot.lineY(points, { x: 'back', y: 'left', z: 'name', stroke: 'cell', strokeWidth: 2 }),
        ],
      },
      numbers: tableOf(
        'What is left of a gradient',
        ['run', 'steps back', 'fraction left'],
        points.map(({ name, back, left }) => [name, String(back), left.toPrecision(3)]),
      ),
    },
  ];
}

/** ‖∂L/∂h_t‖ over time, as training goes: a heat map per run. */
export function gradientHeat(runs: readonly RunSummary[]): Drawing[] {
  const shown = runs.filter(({ snapshots }) => snapshots.length > 0);
  const tiles = shown.flatMap(({ snapshots, cell, seed, hiddenSize, variant }) =>
    snapshots.flatMap((snapshot, row) =>
      (shownLayer(snapshot)?.hidden ?? []).map((norm, t) => ({
        t,
        row,
        step: snapshot.step,
        power: Math.log10(Math.max(norm, 1e-12)),
        run: `${cell} ${hiddenSize}, seed ${seed}${variant === undefined ? '' : `, ${variant}`}`,
      })),
    ),
  );
  if (tiles.length === 0) return [];
  const norms = tiles.map(({ power }) => power).filter((power) => power > -12);
  const high = Math.max(...norms);
  const low = Math.max(Math.min(...norms), high - 6);
  return [
    {
      title: 'Gradient norm through time',
      text: `‖∂L/∂hₜ‖ of the batch at every step t of the window, left to right, as training goes from top to bottom; the lighter, the larger, from ${(10 ** low).toPrecision(1)} to ${(10 ** high).toPrecision(1)}.`,
      options: {
        width: 940,
        height: 240,
        marginLeft: 52,
        marginBottom: 36,
        fx: { label: null, padding: 0.06, domain: [...new Set(tiles.map(({ run }) => run))] },
        x: { label: 't →', ticks: 5 },
        y: { label: 'training step', type: 'linear', reverse: true, ticks: 5 },
        color: { type: 'linear', scheme: 'magma', domain: [low, high], clamp: true, legend: false },
        marks: [
          Plot.rect(tiles, {
            fx: 'run',
            x1: (tile: (typeof tiles)[number]) => tile.t - 0.5,
            x2: (tile: (typeof tiles)[number]) => tile.t + 0.5,
            y1: (tile: (typeof tiles)[number]) => tile.step - stride(shown) / 2,
            y2: (tile: (typeof tiles)[number]) => tile.step + stride(shown) / 2,
            fill: 'power',
            inset: 0,
            shapeRendering: 'crispEdges',
          }),
        ],
      },
    },
  ];
}

/** Steps between two snapshots. */
function stride(runs: readonly RunSummary[]): number {
  const steps = runs.flatMap(({ snapshots }) =>
    snapshots.slice(1).map(({ step }, k) => step - (snapshots[k]?.step ?? 0)),
  );
  return steps.length > 0 ? Math.min(...steps) : 1;
}

/** Those within and just around the values. */
function powersOfTen(values: readonly number[]): number[] {
  const [from, to] = [Math.floor(Math.log10(Math.min(...values))), Math.ceil(Math.log10(Math.max(...values)))];
  return Array.from({ length: to - from + 1 }, (_, k) => 10 ** (from + k));
}

const powerName = (value: number): string =>
  value >= 0.001 && value < 100
    ? `${Number((100 * value).toPrecision(2))} %`
    : `10${Array.from(Math.log10(value).toFixed(0), (digit) => SUPERSCRIPTS[digit] ?? digit).join('')}`;

const SUPERSCRIPTS: Readonly<Record<string, string>> = {
  '-': '⁻',
  0: '⁰',
  1: '¹',
  2: '²',
  3: '³',
  4: '⁴',
  5: '⁵',
  6: '⁶',
  7: '⁷',
  8: '⁸',
  9: '⁹',
};
