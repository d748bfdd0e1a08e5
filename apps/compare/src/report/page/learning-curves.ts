import * as Plot from '@observablehq/plot';
import { count, duration } from '@unroll/run/quantity';
import type { Quality } from '../../tasks/compared-task.ts';
import type { Group } from '../group.ts';
import { grouped } from '../grouped.ts';
import type { RunSummary } from '../run-summary.ts';
import { colours, type Drawing } from './drawing.ts';
import { tableOf } from './element.ts';
import { figureOf, range } from './quantity.ts';

/** What the held-out data says as training goes, against steps and against seconds. */
export function learningCurves(runs: readonly RunSummary[], groups: readonly Group[], quality: Quality): Drawing[] {
  const points = runs.flatMap(({ curve, cell, name }) =>
    curve.flatMap(({ valid, step, seconds }) => (valid === undefined ? [] : [{ valid, step, seconds, cell, name }])),
  );
  if (points.length === 0) return [];
  const label = runs[0]?.task === 'translate' ? 'validation loss, nats' : `validation ${quality.label}`;
  return (['step', 'seconds'] as const).map((x) => ({
    title: `Learning against ${x === 'step' ? 'steps' : 'seconds'}`,
    text: `${label.charAt(0).toUpperCase()}${label.slice(1)}, a line a run. ${groups.map(lastWord).join(' ')}`,
    options: {
      width: 460,
      height: 280,
      marginBottom: 36,
      marginLeft: 48,
      x: { label: x, nice: true, ...(x === 'step' && { tickFormat: wholeSteps }) },
      y: { label, grid: true, nice: true },
      color: colours(points.map(({ cell }) => cell)),
      marks: [
        Plot.lineY(points, { x, y: 'valid', z: 'name', stroke: 'cell', strokeWidth: 2, curve: 'monotone-x' }),
        Plot.dot(points, {
          x,
          y: 'valid',
          fill: 'cell',
          r: 2.5,
          title: (point: (typeof points)[number]) => `${point.name}: ${point.valid.toFixed(quality.digits)}`,
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
        valid.toFixed(quality.digits),
      ]),
    ),
  }));
}

/** The training loss, averaged over stretches. */
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
      text: `The loss of the batches, averaged over stretches of steps. ${ends.join(' ')}`,
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
  const name = [`${group.cell.toUpperCase()} ${group.hidden}`, group.variant].filter(Boolean).join(', ');
  const time = group.seconds === undefined ? '' : ` in ${duration(group.seconds)}`;
  return group.figure
    ? `${name} comes to ${figureOf(group)} ${group.quality.label}${time}.`
    : `${name} is not there yet.`;
}

const wholeSteps = (step: number): string => (Number.isInteger(step) ? count(step) : '');
