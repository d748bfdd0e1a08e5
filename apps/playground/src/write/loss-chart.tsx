import { useMemo } from 'preact/hooks';
import { LineChart } from '../shell/line-chart.tsx';
import { strings } from '../strings.ts';
import type { CurvePoint } from './curve.ts';

const SERIES = [
  { label: strings.write.trainLoss, colour: '--series-1', width: 1.5 },
  { label: strings.write.heldOut, colour: '--series-2', width: 2.5, marks: true },
];

/** Training and held-out loss against steps or seconds. */
export function LossChart({ points, axis }: { points: readonly CurvePoint[]; axis: 'steps' | 'seconds' }) {
  const x = useMemo(() => points.map((point) => (axis === 'steps' ? point.step : point.seconds)), [points, axis]);
  const y = useMemo(
    () => [points.map(({ train }) => train ?? null), points.map(({ valid }) => valid ?? null)],
    [points],
  );
  return (
    <LineChart
      x={x}
      y={y}
      series={SERIES}
      xLabel={strings.write.axes[axis]}
      yLabel={strings.write.bitsPerCharacter}
    />
  );
}
