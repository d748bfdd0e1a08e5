import { bytes, count, duration, significant } from '@unroll/run/quantity';
import { metricHeader } from '../../tasks/metric.ts';
import type { Group } from '../group.ts';
import { NO_VALUE, scoreText } from '../quantity.ts';
import type { RunSummary } from '../run-summary.ts';
import { resourceBars } from './bars.ts';
import { cellName, draw } from './drawing.ts';
import { element, tableOf } from './element.ts';
import { gradientHeat, gradientReach } from './gradient-charts.ts';
import { learningCurves, trainingLoss } from './learning-curves.ts';

const form = (value: number | undefined, print: (value: number) => string): string =>
  value === undefined ? NO_VALUE : print(value);

/** A row per group: score with standard deviation and significance, size, speed, memory, time. */
export function summarySection(groups: readonly Group[]): HTMLElement {
  const rows = groups.map((group) => [
    group.delay === undefined ? group.task : `${group.task} over ${group.delay}`,
    cellName(group.cell, ` ${group.hiddenSize}${group.variant === undefined ? '' : `, ${group.variant}`}`),
    group.isBest ? element('strong', {}, scoreText(group)) : scoreText(group),
    metricHeader(group.metric),
    group.isBest ? 'best' : form(group.pValue, (p) => (p < 0.001 ? '< 0.001' : p.toFixed(3))),
    form(group.parameters, count),
    form(group.tokensPerSecond, significant),
    form(group.peakMemoryBytes, bytes),
    form(group.seconds, duration),
  ]);
  const failed = groups.map((group) => group.failed > 0);
  const header = ['task', 'cell', 'score', 'metric', 'p', 'parameters', 'items/s', 'memory', 'time'];
  return element(
    'section',
    {},
    element('h2', {}, 'At a glance'),
    element(
      'div',
      { class: 'wide' },
      tableOf('Score, size, speed, memory and time of every cell on every task', header, rows, failed),
    ),
    element(
      'p',
      { class: 'note' },
      'The score is the mean over seeds ± its standard deviation (number of seeds); ↑ higher is better, ↓ lower is better. p is the probability, by Welch’s test, of a difference to the best as large as this if the seed alone made it; it needs two seeds or more. Items are what a task counts: characters, tokens, windows or examples.',
    ),
  );
}

/** Everything about one task. */
export function taskSection(title: string, runs: readonly RunSummary[], groups: readonly Group[]): HTMLElement {
  const drawings = [
    ...learningCurves(runs, groups),
    ...trainingLoss(runs),
    ...gradientReach(runs),
    ...resourceBars(groups),
  ];
  return element(
    'section',
    { 'data-task': title },
    element('h2', {}, title, legend(runs)),
    element('div', { class: 'figures' }, ...drawings.map(draw)),
    ...gradientHeat(runs).map(draw),
    diagnoses(runs),
    samples(runs),
  );
}

/** Which colour is which cell. */
export const legend = (runs: readonly RunSummary[]): HTMLElement =>
  element('span', { class: 'legend' }, ...[...new Set(runs.map(({ cell }) => cell))].map((cell) => cellName(cell)));

const FLOWS = {
  stable: 'gradients are stable',
  vanishing: 'gradients vanish',
  exploding: 'gradients explode',
} as const;

/** The diagnosis of each run’s gradients, and why runs failed. */
export function diagnoses(runs: readonly RunSummary[]): HTMLElement | undefined {
  const cards = runs.flatMap(({ cell, hiddenSize, seed, diagnosis, failure, variant }) => {
    const more = ` ${hiddenSize}, seed ${seed}${variant === undefined ? '' : `, ${variant}`}`;
    if (failure !== undefined)
      return [
        element(
          'article',
          { class: 'card failed' },
          element('h4', {}, cellName(cell, more)),
          element('p', {}, `Failed: ${failure}`),
        ),
      ];
    if (!diagnosis) return [];
    const badge = element('span', { class: `badge ${diagnosis.flow}` }, FLOWS[diagnosis.flow]);
    return [
      element(
        'article',
        { class: 'card' },
        element('h4', {}, cellName(cell, more), ' ', badge),
        element('p', {}, diagnosis.text),
      ),
    ];
  });
  return cards.length === 0
    ? undefined
    : element('div', {}, element('h3', {}, 'Gradients through time'), element('div', { class: 'cards' }, ...cards));
}

/** What the models generate, predict or translate, side by side. */
function samples(runs: readonly RunSummary[]): HTMLElement | undefined {
  const shown = runs.filter(({ samples }) => samples.length > 0);
  if (shown.length === 0) return undefined;
  const cards = shown.map(({ cell, hiddenSize, seed, samples }) =>
    element(
      'article',
      { class: 'card' },
      element('h4', {}, cellName(cell, ` ${hiddenSize}, seed ${seed}`)),
      ...samples.flatMap(({ title, text, isWrong = false }) => [
        element('p', { class: isWrong ? 'title wrong' : 'title' }, title),
        element('blockquote', {}, text || NO_VALUE),
      ]),
    ),
  );
  return element('div', {}, element('h3', {}, 'Samples'), element('div', { class: 'cards' }, ...cards));
}

/** The machine and the exact command behind every run. */
export function provenanceSection(runs: readonly RunSummary[]): HTMLElement {
  const rows = runs.map(({ name, status, steps, backend, machine, started, command }) => [
    name,
    status,
    count(steps),
    backend ?? NO_VALUE,
    machine ?? NO_VALUE,
    started?.slice(0, 16).replace('T', ' ') ?? NO_VALUE,
    element('code', {}, command ?? NO_VALUE),
  ]);
  return element(
    'section',
    {},
    element('h2', {}, 'Runs'),
    element(
      'div',
      { class: 'wide' },
      tableOf(
        'The machine and the command of every run',
        ['run', 'status', 'steps', 'backend', 'machine', 'started, UTC', 'command'],
        rows,
        runs.map(({ status }) => status === 'failed'),
      ),
    ),
  );
}
