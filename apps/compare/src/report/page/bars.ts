import * as Plot from '@observablehq/plot';
import { significant } from '@unroll/run/quantity';
import type { Group } from '../group.ts';
import { colours, type Drawing } from './drawing.ts';

/** Speed and memory of the groups of a task, a bar each. */
export function resourceBars(groups: readonly Group[]): Drawing[] {
  return [
    ...bars(groups, 'tokensPerSecond', 'Speed', 'characters, tokens, windows or examples per second', 1),
    ...bars(groups, 'peakMemoryBytes', 'Memory', 'MB at most', 1e6),
  ];
}

function bars(
  groups: readonly Group[],
  key: 'tokensPerSecond' | 'peakMemoryBytes',
  title: string,
  unit: string,
  divisor: number,
): Drawing[] {
  const rows = groups.flatMap(({ cell, hiddenSize, delay, variant, [key]: value }) =>
    value === undefined
      ? []
      : [
          {
            name: [`${cell} ${hiddenSize}`, delay && `over ${delay}`, variant].filter(Boolean).join(', '),
            cell,
            value: value / divisor,
          },
        ],
  );
  if (rows.length === 0) return [];
  return [
    {
      title,
      text: `${unit[0]?.toUpperCase()}${unit.slice(1)}: ${rows.map(({ name, value }) => `${name} ${significant(value)}`).join('; ')}.`,
      options: {
        width: 460,
        height: 64 + 28 * rows.length,
        marginBottom: 40,
        marginLeft: 16 + 7 * Math.max(...rows.map(({ name }) => shortened(name).length)),
        marginRight: 64,
        x: { label: unit, nice: true, grid: true, ticks: 4, zero: true },
        y: { label: null, domain: rows.map(({ name }) => name), tickFormat: shortened },
        color: colours(rows.map(({ cell }) => cell)),
        marks: [
          Plot.barX(rows, { x: 'value', y: 'name', fill: 'cell', rx: 2 }),
          Plot.text(rows, {
            x: 'value',
            y: 'name',
            text: ({ value }: (typeof rows)[number]) => significant(value),
            dx: 5,
            textAnchor: 'start',
          }),
        ],
      },
    },
  ];
}

const LONGEST = 32; // characters of a name beside a chart

const shortened = (name: string): string => (name.length > LONGEST ? `${name.slice(0, LONGEST - 1)}…` : name);
