import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { colour, theme } from '../shell/theme.ts';
import { strings } from '../strings.ts';
import type { CurvePoint } from './curve.ts';

const HEIGHT = 240;

/** Training and held-out loss against steps or seconds. */
export function LossChart({ points, axis }: { points: readonly CurvePoint[]; axis: 'steps' | 'seconds' }) {
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const style = theme.value;

  useEffect(() => {
    const element = frame.current;
    if (!element) return undefined;
    const drawn = new uPlot(options(axis, element.clientWidth), dataOf(points, axis), element);
    plot.current = drawn;
    const observer = new ResizeObserver(() => drawn.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      drawn.destroy();
    };
  }, [axis, style]);
  useEffect(() => plot.current?.setData(dataOf(points, axis)), [points]);

  return <div class="chart" ref={frame} aria-hidden="true" />;
}

function options(axis: 'steps' | 'seconds', width: number): uPlot.Options {
  const [text, lines] = [colour('--soft'), colour('--line')];
  const common = { stroke: text, grid: { stroke: lines, width: 1 }, ticks: { stroke: lines, width: 1 } };
  const font = '12px system-ui, sans-serif';
  return {
    width,
    height: HEIGHT,
    scales: { x: { time: false }, y: { range: (_, min, max) => [Math.max(0, min - 0.2), max + 0.2] } },
    axes: [
      { ...common, font, size: 34, label: strings.write.axes[axis], labelSize: 18, labelFont: font },
      { ...common, font, size: 46, label: strings.write.bitsPerCharacter, labelSize: 20, labelFont: font },
    ],
    series: [
      { label: strings.write.axes[axis] },
      {
        label: strings.write.trainLoss,
        stroke: colour('--series-1'),
        width: 1.5,
        spanGaps: true,
        points: { show: false },
      },
      {
        label: strings.write.heldOut,
        stroke: colour('--series-2'),
        width: 2.5,
        spanGaps: true,
        points: { show: true, size: 5 },
      },
    ],
    legend: { show: true, live: false },
    cursor: { show: false },
  };
}

function dataOf(points: readonly CurvePoint[], axis: 'steps' | 'seconds'): uPlot.AlignedData {
  return [
    points.map((point) => (axis === 'steps' ? point.step : point.seconds)),
    points.map(({ train }) => train ?? null),
    points.map(({ valid }) => valid ?? null),
  ];
}
