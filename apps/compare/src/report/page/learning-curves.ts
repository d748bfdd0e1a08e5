import * as Plot from '@observablehq/plot';
import { count, duration } from '@unroll/run/quantity';
import { inUnit, metricName, quantityName, valueText } from '../../tasks/metric.ts';
import type { Group } from '../group.ts';
import { grouped } from '../grouped.ts';
import { range, scoreText } from '../quantity.ts';
import type { RunSummary } from '../run-summary.ts';
import { colours, type Drawing } from './drawing.ts';
import { tableOf } from './element.ts';

/** The scores of the validations, against steps and against seconds. */
export function learningCurves(runs: readonly RunSummary[], groups: readonly Group[]): Drawing[] {
  const points = runs.flatMap(({ curve, cell, name }) =>
    curve.flatMap(({ valid, step, seconds }) => (valid === undefined ? [] : [{ valid, step, seconds, cell, name }])),
  );
  const [first] = runs;
  if (points.length === 0 || !first) return [];
  const { curveOf: quantity } = first;
  const label = quantityName(quantity);
  const y = ({ valid }: (typeof points)[number]): number => inUnit(valid, quantity);
  return (['step', 'seconds'] as const).map((x) => ({
    title: `Learning against ${x === 'step' ? 'steps' : 'seconds'}`,
    text: `${label.charAt(0).toUpperCase()}${label.slice(1)}, one line per run. ${groups.map(lastWord).join(' ')}`,
    options: {
      width: 460,
      height: 280,
      marginBottom: 36,
      marginLeft: 48,
      x: { label: x, nice: true, ...(x === 'step' && { tickFormat: wholeSteps }) },
      y: { label, grid: true, nice: true },
      color: colours(points.map(({ cell }) => cell)),
      marks: [
        Plot.lineY(points, { x, y, z: 'name', stroke: 'cell', strokeWidth: 2, curve: 'monotone-x' }),
        Plot.dot(points, {
          x,
          y,
          fill: 'cell',
          r: 2.5,
          title: (point: (typeof points)[number]) => `${point.name}: ${valueText(point.valid, quantity)}`,
        }),
      ],
    },
    numbers: tableOf(
      label,
      ['run', 'step', 'seconds', label],
      points.map(({ name, step, seconds, valid }) => [
        name,
        count(step),
        seconds.toFixed(1),
        valueText(valid, quantity),
      ]),
    ),
  }));
}

/** The training loss, averaged over segments. */
export function trainingLoss(runs: readonly RunSummary[]): Drawing[] {
  const points = runs.flatMap(({ curve, cell, name }) =>
    curve.flatMap(({ loss, step }) => (loss === undefined ? [] : [{ loss, step, cell, name }])),
  );
  if (points.length === 0) return [];
  const ends = [...grouped(runs, ({ cell }) => cell)].flatMap(([cell, runs]) => {
    const losses = runs.flatMap(({ curve }) => curve.findLast(({ loss }) => loss !== undefined)?.loss ?? []);
    return losses.length > 0 ? `${cell.toUpperCase()} ends at ${range(losses, 3)}.` : [];
  });
  return [
    {
      title: 'Training loss',
      text: `The loss of the batches, averaged over segments of steps. ${ends.join(' ')}`,
      options: {
        width: 460,
        height: 280,
        marginLeft: 48,
        x: { label: 'step', nice: true, tickFormat: wholeSteps },
        y: { label: 'loss', grid: true, nice: true, zero: false },
        color: colours(points.map(({ cell }) => cell)),
        marks: [Plot.lineY(points, { x: 'step', y: 'loss', z: 'name', stroke: 'cell', strokeWidth: 1.5 })],
      },
    },
  ];
}

function lastWord(group: Group): string {
  const name = [`${group.cell.toUpperCase()} ${group.hiddenSize}`, group.variant].filter(Boolean).join(', ');
  const time = group.seconds === undefined ? '' : ` in ${duration(group.seconds)}`;
  return group.score ? `${name}: ${metricName(group.metric)} ${scoreText(group)}${time}.` : `${name}: no score yet.`;
}

const wholeSteps = (step: number): string => (Number.isInteger(step) ? count(step) : '');
