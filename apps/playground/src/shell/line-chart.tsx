import { useEffect, useRef } from 'preact/hooks';
import type uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { colour, theme } from './theme.ts';

export interface Series {
  readonly label: string;
  /** A custom property of the style sheet: `--series-1`. */
  readonly colour: string;
  readonly width: number;
  /** Whether each value is marked. */
  readonly marks?: boolean;
  readonly dash?: readonly number[];
}

interface LineChartProps {
  readonly x: readonly number[];
  /** A row per series, null where it has no value. */
  readonly y: readonly (readonly (number | null)[])[];
  readonly series: readonly Series[];
  readonly xLabel: string;
  readonly yLabel: string;
  /** The range of y; by default that of the values. */
  readonly range?: readonly [number, number];
  /** A logarithmic y axis. */
  readonly logarithmic?: boolean;
  readonly height?: number;
}

// oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- a const enum, which isolated modules cannot read
const LOGARITHMIC = 3 as uPlot.Scale.Distr.Logarithmic;
const FONT = '12px system-ui, sans-serif';

/** Lines that grow as a network learns. A text beside it must say the same. */
export function LineChart(props: LineChartProps) {
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const latest = useRef(props);
  latest.current = props;
  const { x, y, height = 240 } = props;
  const isEmpty = x.length === 0;
  const look = JSON.stringify([isEmpty, theme.value, props.series, props.xLabel, props.yLabel, props.range, height]);

  useEffect(() => {
    const element = frame.current;
    if (!element || isEmpty) return undefined;
    const ended = new AbortController();
    const draw = async (): Promise<void> => {
      const { default: Plot } = await import('uplot'); // for the first line that there is
      if (ended.signal.aborted) return;
      const { x, y } = latest.current;
      const drawn = new Plot(options(props, element.clientWidth, height), dataOf(x, y), element);
      plot.current = drawn;
      const observer = new ResizeObserver(() => drawn.setSize({ width: element.clientWidth, height }));
      observer.observe(element);
      ended.signal.addEventListener('abort', () => {
        plot.current = undefined;
        observer.disconnect();
        drawn.destroy();
      });
    };
    void draw();
    return () => ended.abort();
  }, [look]);
  useEffect(() => plot.current?.setData(dataOf(x, y)), [x, y]);

  return <div class="chart" ref={frame} style={{ minHeight: `${height}px` }} aria-hidden="true" />;
}

const dataOf = (x: LineChartProps['x'], y: LineChartProps['y']): uPlot.AlignedData => [
  [...x],
  ...y.map((row) => [...row]),
];

function options(
  { series, xLabel, yLabel, range, logarithmic }: LineChartProps,
  width: number,
  height: number,
): uPlot.Options {
  const [text, lines] = [colour('--soft'), colour('--line')];
  const axis = {
    stroke: text,
    grid: { stroke: lines, width: 1 },
    ticks: { stroke: lines, width: 1 },
    font: FONT,
    labelFont: FONT,
    labelSize: 20,
  };
  return {
    width,
    height,
    scales: {
      x: { time: false },
      y: {
        ...(logarithmic && { distr: LOGARITHMIC }),
        range: (_, min, max) => (range ? [...range] : [Math.max(0, min - 0.2), max + 0.2]),
      },
    },
    axes: [
      { ...axis, size: 34, label: xLabel },
      {
        ...axis,
        size: 52,
        label: yLabel,
        ...(logarithmic && {
          filter: powersOfTen,
          grid: { ...axis.grid, filter: powersOfTen },
          ticks: { ...axis.ticks, filter: powersOfTen },
          values: (_: uPlot, ticks: (number | null)[]) =>
            ticks.map((tick) => (tick === null ? '' : powerOfTen(tick))),
        }),
      },
    ],
    series: [
      { label: xLabel },
      ...series.map(({ label, colour: name, width, marks = false, dash }) => ({
        label,
        stroke: colour(name),
        width,
        spanGaps: true,
        points: { show: marks, size: 5 },
        ...(dash && { dash: [...dash] }),
      })),
    ],
    legend: { show: true, live: false },
    cursor: { show: false },
  };
}

const powersOfTen = (_: uPlot, ticks: number[]): (number | null)[] =>
  ticks.map((tick) => (Math.abs(Math.log10(tick) - Math.round(Math.log10(tick))) < 1e-9 ? tick : null));

/** 10⁻⁵ */
const powerOfTen = (value: number): string =>
  value === 1
    ? '1'
    : `10${String(Math.round(Math.log10(value))).replace(/./g, (digit) => SUPERSCRIPTS[digit] ?? digit)}`;

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
