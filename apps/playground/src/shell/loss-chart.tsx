import type { ReadonlySignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { strings } from '../strings.ts';
import type { CurvePoint } from './curve.ts';
import { LineChart } from './line-chart.tsx';

const SERIES = [
  { label: strings.chart.train, colour: '--series-1', width: 1.5 },
  { label: strings.chart.heldOut, colour: '--series-2', width: 2.5, marks: true },
];

interface LossChartProps {
  readonly run: {
    readonly step: ReadonlySignal<number>;
    readonly points: ReadonlySignal<readonly CurvePoint[]>;
    readonly trainLoss: ReadonlySignal<number | undefined>;
    readonly heldOutLoss: ReadonlySignal<number | undefined>;
  };
  readonly axis: 'steps' | 'seconds';
  readonly unit: string;
  readonly height: number;
}

/** Training and held-out loss against steps or seconds. */
export function LossChart({ run, axis, unit, height }: LossChartProps) {
  const points = run.points.value;
  const x = useMemo(() => points.map((point) => (axis === 'steps' ? point.step : point.seconds)), [points, axis]);
  const y = useMemo(
    () => [points.map(({ train }) => train ?? null), points.map(({ valid }) => valid ?? null)],
    [points],
  );
  return (
    <LineChart x={x} y={y} series={SERIES} xLabel={strings.chart.axes[axis]} yLabel={unit} height={height}>
      <p class="hint">{strings.run.chartText(run.step.value, unit, run.trainLoss.value, run.heldOutLoss.value)}</p>
    </LineChart>
  );
}
