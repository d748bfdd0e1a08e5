import { strings } from '../strings.ts';
import type { UnrollSettings } from './settings.ts';
import { ALPHABET } from './shapes.ts';
import type { Unrolled } from './toy-model.ts';

const COLUMN = 104;
const LEFT = 84;
const FIRST = LEFT - COLUMN / 2; // the middle of the state before step 1
const UNIT = 17; // height of a unit
const WIDTH = 46; // of a cell
const TOP = 96;
const RADIUS = 19;
const WIDEST = 15; // of an arrow of the gradient

interface DiagramProps {
  readonly net: Unrolled;
  readonly settings: UnrollSettings;
  readonly onChoose: (t: number, unit: number) => void;
}

/** The network unrolled: a column per step, input below, state in the middle, output above. */
export function Diagram({ net, settings, onChoose }: DiagramProps) {
  const T = net.inputs.length;
  const H = net.h[0]?.length ?? 0;
  const { direction, t: now, unit } = settings;
  const height = TOP + H * UNIT + 92;
  const most = Math.max(...net.gradients) || 1;
  const isReached = (t: number): boolean => (direction === 'forward' ? t <= now : t >= now);
  const x = (t: number): number => LEFT + (t - 1) * COLUMN + COLUMN / 2;
  const middle = TOP + (H * UNIT) / 2;
  return (
    <svg
      class="unrolled"
      viewBox={`0 0 ${LEFT + T * COLUMN + 8} ${height}`}
      width={`${(LEFT + T * COLUMN + 8) / 16}rem`}
      height={`${height / 16}rem`}
      aria-hidden="true"
    >
      <State x={FIRST} h={net.h[0] ?? []} label={strings.unroll.firstState} />
      {Array.from({ length: T }, (_, k) => {
        const t = k + 1;
        const from = t === 1 ? FIRST + WIDTH / 2 : x(t - 1) + WIDTH / 2;
        const [input, target] = [net.inputs[k], net.targets[k]];
        const bottom = TOP + H * UNIT;
        const gradient = net.gradients[k] ?? 0; // what flows from step t into the state before it
        return (
          <g class={isReached(t) ? '' : 'unreached'}>
            {direction === 'forward' ? (
              <Arrow x1={from} y1={middle} x2={x(t) - WIDTH / 2} y2={middle} width={2} kind="forward" />
            ) : (
              <>
                <Arrow
                  x1={x(t) - WIDTH / 2}
                  y1={middle}
                  x2={from}
                  y2={middle}
                  width={Math.max(0.5, (WIDEST * gradient) / most)}
                  kind="backward"
                />
                <text class="norm" x={(from + x(t) - WIDTH / 2) / 2} y={middle - 10 - (WIDEST * gradient) / most / 2}>
                  {strings.significant(gradient)}
                </text>
              </>
            )}
            {input && <Arrow x1={x(t)} y1={bottom + 34} x2={x(t)} y2={bottom} width={2} kind="forward" />}
            <circle class={input ? 'letter' : 'letter empty'} cx={x(t)} cy={bottom + 54} r={RADIUS} />
            <text class="name" x={x(t)} y={bottom + 60}>
              {input ?? ''}
            </text>
            <text class="step" x={x(t)} y={height - 3}>
              {strings.unroll.stepLabel(t)}
            </text>
            <State
              x={x(t)}
              h={net.h[t] ?? []}
              {...(t === now && { chosen: unit })}
              onChoose={(unit) => onChoose(t, unit)}
            />
            {target && (
              <Output x={x(t)} row={net.probabilities[k] ?? []} target={target} backward={direction === 'backward'} />
            )}
          </g>
        );
      })}
    </svg>
  );
}

function Output({
  x,
  row,
  target,
  backward,
}: {
  x: number;
  row: readonly number[];
  target: string;
  backward: boolean;
}) {
  const best = row.indexOf(Math.max(...row));
  const letter = ALPHABET[best] ?? '';
  const [y1, y2] = [TOP, TOP - 34];
  return (
    <>
      <Arrow
        x1={x}
        y1={backward ? y2 : y1}
        x2={x}
        y2={backward ? y1 : y2}
        width={2}
        kind={backward ? 'backward' : 'forward'}
      />
      <circle class={letter === target ? 'letter right' : 'letter wrong'} cx={x} cy={TOP - 54} r={RADIUS} />
      <text class="name" x={x} y={TOP - 48}>
        {letter}
      </text>
      <text class="step" x={x} y={14}>
        {letter === target ? strings.percent(row[best] ?? 0) : strings.unroll.shouldBe(target)}
      </text>
    </>
  );
}

function State(props: {
  x: number;
  h: readonly number[];
  label?: string;
  chosen?: number;
  onChoose?: (unit: number) => void;
}) {
  const { x, h, label, chosen, onChoose } = props;
  return (
    <g>
      {h.map((value, j) => (
        <rect
          class={chosen === j ? 'unit chosen' : 'unit'}
          x={x - WIDTH / 2}
          y={TOP + j * UNIT}
          width={WIDTH}
          height={UNIT}
          style={{
            '--heat': `var(${value < 0 ? '--cold' : '--warm'})`,
            '--mix': `${Math.round(100 * Math.min(1, Math.abs(value)))}%`,
          }}
          onClick={() => onChoose?.(j)}
        />
      ))}
      <rect class="frame" x={x - WIDTH / 2} y={TOP} width={WIDTH} height={h.length * UNIT} />
      {chosen !== undefined && (
        <rect class="chosen" x={x - WIDTH / 2} y={TOP + chosen * UNIT} width={WIDTH} height={UNIT} />
      )}
      {label && (
        <text class="step" x={x} y={TOP - 8}>
          {label}
        </text>
      )}
    </g>
  );
}

function Arrow({
  x1,
  y1,
  x2,
  y2,
  width,
  kind,
}: {
  x1: number;
  y1: number;
  x2: number;
  y2: number;
  width: number;
  kind: 'forward' | 'backward';
}) {
  const head = Math.max(6, width * 0.9);
  const length = Math.hypot(x2 - x1, y2 - y1);
  const [ux, uy] = [(x2 - x1) / length, (y2 - y1) / length];
  const [bx, by] = [x2 - ux * head, y2 - uy * head];
  return (
    <g class={`arrow ${kind}`}>
      <line x1={x1} y1={y1} x2={bx} y2={by} stroke-width={width} />
      <path
        d={`M${x2} ${y2} L${bx - uy * head * 0.75} ${by + ux * head * 0.75} L${bx + uy * head * 0.75} ${by - ux * head * 0.75}Z`}
      />
    </g>
  );
}
