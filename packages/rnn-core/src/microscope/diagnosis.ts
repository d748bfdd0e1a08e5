import type { Cell } from '../tensor/sequence-observer.ts';
import type { GradientSnapshot, LayerSnapshot } from './microscope.ts';

/** What happens to a gradient on its way back through time. */
export type GradientFlow = 'vanishing' | 'stable' | 'exploding';

/** What the snapshots of one layer mean. */
export interface LayerDiagnosis {
  readonly name: string;
  readonly flow: GradientFlow;
  /** The factor by which a gradient changes per step back: the geometric mean over the steps it was followed. */
  readonly factor: number;
  /** The steps back over which more than 1 % of a gradient is left; undefined where that is the whole window. */
  readonly horizon: number | undefined;
  /** A sentence, and what to try when longer dependencies matter. */
  readonly text: string;
}

/** Of {@link diagnose}. */
export interface DiagnosisOptions {
  /** Whether the model does well already: then the text says what was measured, and leaves out what to try. */
  readonly isSolved?: boolean;
}

/** Whether gradients vanish, explode or are well-behaved, layer by layer and in words. */
export interface Diagnosis {
  /** That of the worst layer. */
  readonly flow: GradientFlow;
  readonly layers: readonly LayerDiagnosis[];
  /** Sentences about the worst layer and the training. */
  readonly text: string;
}

const VANISHED = 0.01; // what is left is noise beside the rest of the gradient
const EXPLODED = 100;
const WEAK = 0.1; // a stable gradient keeps more than this over the window,
const SHORTEST_WINDOW = 10; // or over so many steps at its rate: two or three steps show little
const NEARLY_ONE = 0.999; // a factor this near 1 is not worth a sentence
const ORDER: readonly GradientFlow[] = ['stable', 'vanishing', 'exploding'];

/**
 * Diagnoses vanishing and exploding gradients from snapshots. Several count as one measurement, each layer's curves averaged
 * geometrically: give those of one phase of training, such as the last five.
 */
export function diagnose(
  snapshots: readonly GradientSnapshot[],
  { isSolved = false }: DiagnosisOptions = {},
): Diagnosis {
  const names = [...new Set(snapshots.flatMap(({ layers }) => layers.map(({ name }) => name)))];
  const layers = names.map((name) =>
    diagnoseLayer(
      snapshots.flatMap(({ layers }) => layers.filter((layer) => layer.name === name)),
      isSolved,
    ),
  );
  const flow = layers.reduce<GradientFlow>(
    (worst, layer) => (ORDER.indexOf(layer.flow) > ORDER.indexOf(worst) ? layer.flow : worst),
    'stable',
  );
  const worst = layers.toSorted((a, b) => severity(b) - severity(a))[0];
  const sentences = worst ? [worstText(worst, layers.length), ...trainingRemarks(snapshots)] : [];
  return { flow, layers, text: sentences.join(' ') };
}

/** How far a layer's gradients are from stable. */
const severity = ({ flow, factor }: LayerDiagnosis): number =>
  ORDER.indexOf(flow) + Math.abs(1 - Math.min(factor, 2));

function worstText({ name, text }: LayerDiagnosis, count: number): string {
  return count === 1 ? capital(text) : `In ${name}, the worst of ${count} layers, ${text}`;
}

function diagnoseLayer(layer: readonly LayerSnapshot[], isSolved: boolean): LayerDiagnosis {
  const [{ name, cell }] = layer as [LayerSnapshot];
  const reach = geometricMean(layer.map(({ reach }) => reach));
  const window = reach.length - 1;
  const end = reach.findIndex((left) => !(left >= VANISHED && left <= EXPLODED));
  const at = end === -1 ? window : end;
  const left = reach[at] as number;
  const factor = at === 0 ? 1 : left ** (1 / at);
  const overWindow = factor ** Math.max(at, SHORTEST_WINDOW);
  const diagnosis = (flow: GradientFlow, what: string, advice = ''): LayerDiagnosis => ({
    name,
    flow,
    factor,
    horizon: end === -1 || left > 1 ? undefined : end - 1,
    text: `gradients ${what}.${advice && !isSolved ? ` ${advice}.` : ''}${unitRemarks(layer)}`,
  });
  if (left > 1 && (end !== -1 || overWindow > EXPLODED)) {
    const hundredfold = Math.ceil(Math.log(EXPLODED) / Math.log(factor));
    return diagnosis(
      'exploding',
      `grow by ${factor.toFixed(2)} per step, a hundredfold after ${steps(hundredfold)}`,
      STABILISING,
    );
  }
  const rest = `after the window's ${steps(window)} ${percent(left)} is left`;
  if (end === -1 && overWindow >= WEAK) return diagnosis('stable', stable(factor, left, window));
  return diagnosis(
    'vanishing',
    `shrink by ${factor.toFixed(2)} per step: ${end === -1 ? rest : `less than 1 % arrives from more than ${steps(end - 1)} back`}`,
    `Where the task needs what is further back, try ${REMEDY[cell]}`,
  );
}

const REMEDY: Readonly<Record<Cell, string>> = {
  tanh: 'GRU or LSTM, orthogonal initialisation, or a task with shorter distances',
  relu: 'GRU or LSTM, the identity as the first recurrent matrix, or a task with shorter distances',
  gru: 'LSTM with a forget bias of 1 or more, a higher update-gate bias, or attention over all states',
  lstm: 'a forget bias of 1 or more, longer training, or attention over all states',
  slstm: 'a forget bias of 1 or more, longer training, or attention over all states',
  mingru: 'a negative update-gate bias, longer training, or attention over all states',
  minlstm: 'a forget bias of 1 or more, longer training, or attention over all states',
  sru: 'a forget bias of 1 or more, longer training, or attention over all states',
};

const STABILISING = 'Clip by norm, lower the learning rate, or start from an orthogonal recurrent matrix';

function stable(factor: number, left: number, window: number): string {
  const rest = left > 1 ? `they have grown ${left.toFixed(1)} times` : `${percent(left)} is left`;
  const end = Math.round(Math.log(VANISHED) / Math.log(factor));
  const beyond = factor < NEARLY_ONE && end > window ? `. At this rate 1 % would be left after ${steps(end)}` : '';
  return `are stable, ${factor.toFixed(2)} per step: after the window's ${steps(window)} ${rest}${beyond}`;
}

/** Fractions above which a layer's units or gates are worth a sentence. */
const MANY = 0.25;
const MOST = 0.75;

function unitRemarks(layer: readonly LayerSnapshot[]): string {
  const { units, gates } = layer.at(-1) as LayerSnapshot;
  const remarks: string[] = [];
  if (units.dead > MANY)
    remarks.push(`${percent(units.dead)} of the units are dead: lower the learning rate or the initial weights.`);
  if (units.saturated > MANY)
    remarks.push(
      `${percent(units.saturated)} of the units are saturated and learn nothing: lower the learning rate or the initial weights.`,
    );
  for (const [gate, { shut, open }] of Object.entries(gates)) {
    if (shut > MOST) remarks.push(`The ${gate} gate is shut ${percent(shut)} of the time.`);
    else if (shut + open > MOST) remarks.push(`The ${gate} gate is saturated ${percent(shut + open)} of the time.`);
  }
  return remarks.map((remark) => ` ${remark}`).join('');
}

function trainingRemarks(snapshots: readonly GradientSnapshot[]): string[] {
  const last = snapshots.at(-1);
  if (!last) return [];
  const remarks: string[] = [];
  if (last.clippedFraction > 0.5)
    remarks.push(
      `${percent(last.clippedFraction)} of the steps were clipped, so the learning rate has little effect; raise the limit or find out what explodes.`,
    );
  const [name, ratio] = Object.entries(last.updates).reduce(
    (most, entry) => (entry[1] > most[1] ? entry : most),
    ['', 0],
  );
  if (ratio > 0.1)
    remarks.push(`${name} changes by ${percent(ratio)} of its norm per step: lower the learning rate.`);
  return remarks;
}

/** The mean curve, as long as the shortest. */
function geometricMean(curves: readonly (readonly number[])[]): number[] {
  const length = Math.min(...curves.map((curve) => curve.length));
  return Array.from({ length }, (_, k) =>
    Math.exp(curves.reduce((sum, curve) => sum + Math.log(curve[k] as number), 0) / curves.length),
  );
}

const percent = (fraction: number): string => `${(100 * fraction).toFixed(0)} %`;
const steps = (count: number): string => (count === 1 ? '1 step' : `${count} steps`);
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
