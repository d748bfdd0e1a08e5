import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { strings } from '../strings.ts';
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
  readonly height: number;
  /** A text that says the same. */
  readonly children: ComponentChildren;
}

// oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- a const enum, which isolated modules cannot read
const LOGARITHMIC = 3 as uPlot.Scale.Distr.Logarithmic;
/** Pixels of a rem, of 16: canvas text must be as large as somebody has asked the browser for. */
const zoom = (): number => Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;

/** Lines that grow as a network learns, each of which can be hidden. */
export function LineChart(props: LineChartProps) {
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const latest = useRef(props);
  latest.current = props;
  const { x, y, height, children } = props;
  const hidden = useSignal<ReadonlySet<number>>(new Set());
  const isEmpty = x.length === 0;
  const { series, xLabel, yLabel, range } = props;
  const look = JSON.stringify([isEmpty, theme.value, series, xLabel, yLabel, range, height, [...hidden.value]]);

  useEffect(() => {
    const element = frame.current;
    if (!element || isEmpty) return undefined;
    const ended = new AbortController();
    const draw = async (): Promise<void> => {
      const { default: Plot } = await import('uplot'); // for the first line that there is
      if (ended.signal.aborted) return;
      const { x, y } = latest.current;
      const drawn = new Plot(
        options(latest.current, hidden.peek(), element.clientWidth, height),
        dataOf(x, y),
        element,
      );
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

  return (
    <div class="charted">
      <div class="chart" ref={frame} style={{ minHeight: `${height}px` }} aria-hidden="true" />
      {!isEmpty && (
        <div class="series" role="group" aria-label={strings.chart.lines}>
          {series.map((one, k) => (
            <button
              type="button"
              class="quiet"
              aria-pressed={!hidden.value.has(k)}
              onClick={() => {
                const changed = new Set(hidden.value);
                if (!changed.delete(k)) changed.add(k);
                hidden.value = changed;
              }}
            >
              <Sample {...one} />
              {one.label}
            </button>
          ))}
        </div>
      )}
      {children}
    </div>
  );
}

const dataOf = (x: LineChartProps['x'], y: LineChartProps['y']): uPlot.AlignedData => [
  [...x],
  ...y.map((row) => [...row]),
];

/** A short piece of a line. */
function Sample({ colour, width, dash, marks = false }: Series) {
  return (
    <svg width="28" height="10" aria-hidden="true" style={{ color: `var(${colour})` }}>
      <line x1="1" y1="5" x2="27" y2="5" stroke-width={width} stroke-dasharray={dash?.join(' ')} />
      {marks && <circle cx="14" cy="5" r="3" />}
    </svg>
  );
}

function options(
  { series, xLabel, yLabel, range, logarithmic }: LineChartProps,
  hidden: ReadonlySet<number>,
  width: number,
  height: number,
): uPlot.Options {
  const [text, lines] = [colour('--soft'), colour('--line')];
  const rem = zoom();
  const font = `${12 * rem}px system-ui, sans-serif`;
  const axis = {
    stroke: text,
    grid: { stroke: lines, width: 1 },
    ticks: { stroke: lines, width: 1 },
    font,
    labelFont: font,
    labelSize: 20 * rem,
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
      { ...axis, size: 34 * rem, label: xLabel },
      {
        ...axis,
        size: 52 * rem,
        label: yLabel,
        ...(logarithmic && {
          filter: powersOfTen,
          grid: { ...axis.grid, filter: powersOfTen },
          ticks: { ...axis.ticks, filter: powersOfTen },
          values: (_: uPlot, ticks: (number | null)[]) =>
            ticks.map((tick) =>
              tick === null ? '' : tick === 1 ? '1' : strings.powerOfTen(Math.round(Math.log10(tick))),
            ),
        }),
      },
    ],
    series: [
      { label: xLabel },
      ...series.map(({ label, colour: name, width, marks = false, dash }, k) => ({
        label,
        show: !hidden.has(k),
        stroke: colour(name),
        width,
        spanGaps: true,
        points: { show: marks, size: 5 },
        ...(dash && { dash: [...dash] }),
      })),
    ],
    legend: { show: false },
    cursor: { show: false },
  };
}

const powersOfTen = (_: uPlot, ticks: number[]): (number | null)[] =>
  ticks.map((tick) => (Math.abs(Math.log10(tick) - Math.round(Math.log10(tick))) < 1e-9 ? tick : null));
