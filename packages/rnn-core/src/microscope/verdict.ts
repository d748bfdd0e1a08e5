import type { Cell } from '../tensor/sequence-observer.ts';
import type { Glimpse, LayerGlimpse } from './microscope.ts';

/** What becomes of a gradient on its way back. */
export type Fate = 'vanishes' | 'holds' | 'explodes';

/** What the microscope found of one layer, and what it means. */
export interface LayerVerdict {
  readonly name: string;
  readonly fate: Fate;
  /** By what a gradient is multiplied each step back: the geometric mean as far as it was followed. */
  readonly factor: number;
  /** How many steps back more than 1 % of a gradient arrives; undefined where it does over the whole window. */
  readonly horizon: number | undefined;
  /** A sentence, and what to try. */
  readonly text: string;
}

export interface Verdict {
  /** The worst of the layers. */
  readonly fate: Fate;
  readonly layers: readonly LayerVerdict[];
  /** What to know, in sentences: of the layers the worst, and of the training. */
  readonly text: string;
}

const GONE = 0.01; // what is left is noise beside the rest of the gradient
const EXPLODED = 100;
const ENDURED = 0.999; // a factor this near 1 is not worth a sentence
const ORDER: readonly Fate[] = ['holds', 'vanishes', 'explodes'];

/**
 * Says what glimpses mean. Several are one measurement, each layer's curves averaged geometrically: give those of one phase
 * of training, such as the last five.
 */
export function verdictOf(glimpses: readonly Glimpse[]): Verdict {
  const names = [...new Set(glimpses.flatMap(({ layers }) => layers.map(({ name }) => name)))];
  const layers = names.map((name) =>
    judged(glimpses.flatMap(({ layers }) => layers.filter((layer) => layer.name === name))),
  );
  const fate = layers.reduce<Fate>(
    (worst, layer) => (ORDER.indexOf(layer.fate) > ORDER.indexOf(worst) ? layer.fate : worst),
    'holds',
  );
  const worst = layers.toSorted((a, b) => concern(b) - concern(a))[0];
  const sentences = worst ? [worstText(worst, layers.length), ...trainingRemarks(glimpses)] : [];
  return { fate, layers, text: sentences.join(' ') };
}

/** How far a layer is from holding. */
const concern = ({ fate, factor }: LayerVerdict): number => ORDER.indexOf(fate) + Math.abs(1 - Math.min(factor, 2));

function worstText({ name, text }: LayerVerdict, count: number): string {
  return count === 1 ? capital(text) : `In ${name}, the worst of ${count} layers, ${text}`;
}

function judged(layer: readonly LayerGlimpse[]): LayerVerdict {
  const [{ name, cell }] = layer as [LayerGlimpse];
  const reach = geometricMean(layer.map(({ reach }) => reach));
  const window = reach.length - 1;
  const end = reach.findIndex((left) => !(left >= GONE && left <= EXPLODED));
  const at = end === -1 ? window : end;
  const left = reach[at] as number;
  const factor = at === 0 ? 1 : left ** (1 / at);
  if (end === -1)
    return {
      name,
      fate: 'holds',
      factor,
      horizon: undefined,
      text: holding(factor, left, window) + unitRemarks(layer),
    };
  if (left > 1) {
    const text = `gradients grow by ${factor.toFixed(2)} a step, a hundredfold after ${steps(at)}; ${STEADYING}.`;
    return { name, fate: 'explodes', factor, horizon: undefined, text: text + unitRemarks(layer) };
  }
  const horizon = at - 1;
  const text = `gradients shrink by ${factor.toFixed(2)} a step: nothing further back than ${steps(horizon)} is learnt; try ${REMEDY[cell]}.`;
  return { name, fate: 'vanishes', factor, horizon, text: text + unitRemarks(layer) };
}

const REMEDY: Readonly<Record<Cell, string>> = {
  tanh: 'GRU or LSTM, orthogonal initialisation, or a task with shorter distances',
  relu: 'GRU or LSTM, the identity as the first recurrent matrix, or a task with shorter distances',
  gru: 'LSTM with a forget bias of 1 or more, a higher update-gate bias, or attention over all states',
  lstm: 'a forget bias of 1 or more, a longer training, or attention over all states',
};

const STEADYING = 'clip by norm, lower the learning rate, or begin with an orthogonal recurrent matrix';

function holding(factor: number, left: number, window: number): string {
  const rest = left > 1 ? `have grown ${left.toFixed(1)} times` : `${(100 * left).toFixed(0)} % is left`;
  const end = Math.round(Math.log(GONE) / Math.log(factor));
  const beyond = factor < ENDURED && end > window ? ` At this rate 1 % would be left after ${steps(end)}.` : '';
  const subject = left > 1 ? 'they ' : '';
  return `gradients hold, ${factor.toFixed(2)} a step: after the window's ${steps(window)} ${subject}${rest}.${beyond}`;
}

/** Shares above which a layer's units or gates are worth a sentence. */
const MANY = 0.25;
const MOST = 0.75;

function unitRemarks(layer: readonly LayerGlimpse[]): string {
  const { units, gates } = layer.at(-1) as LayerGlimpse;
  const remarks: string[] = [];
  if (units.dead > MANY)
    remarks.push(`${percent(units.dead)} of the units are dead: lower the learning rate or the first weights.`);
  if (units.saturated > MANY)
    remarks.push(
      `${percent(units.saturated)} of the units are saturated and learn nothing: lower the learning rate or the first weights.`,
    );
  for (const [gate, { shut, open }] of Object.entries(gates)) {
    if (shut > MOST) remarks.push(`The ${gate} gate is shut ${percent(shut)} of the time.`);
    else if (shut + open > MOST)
      remarks.push(`The ${gate} gate stands at an end ${percent(shut + open)} of the time.`);
  }
  return remarks.map((remark) => ` ${remark}`).join('');
}

function trainingRemarks(glimpses: readonly Glimpse[]): string[] {
  const last = glimpses.at(-1);
  if (!last) return [];
  const remarks: string[] = [];
  if (last.clippedShare > 0.5)
    remarks.push(
      `${percent(last.clippedShare)} of the steps were clipped: the learning rate means little; raise the limit or look for what explodes.`,
    );
  const [name, ratio] = Object.entries(last.updates).reduce(
    (most, entry) => (entry[1] > most[1] ? entry : most),
    ['', 0],
  );
  if (ratio > 0.1) remarks.push(`${name} moves by ${percent(ratio)} of its length a step: lower the learning rate.`);
  return remarks;
}

/** The curves as far as all of them go. */
function geometricMean(curves: readonly (readonly number[])[]): number[] {
  const length = Math.min(...curves.map((curve) => curve.length));
  return Array.from({ length }, (_, k) =>
    Math.exp(curves.reduce((sum, curve) => sum + Math.log(curve[k] as number), 0) / curves.length),
  );
}

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
const steps = (count: number): string => (count === 1 ? '1 step' : `${count} steps`);
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
