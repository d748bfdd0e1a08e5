import { bytes, count, duration, significant } from '@unroll/run/quantity';
import type { Group } from '../group.ts';
import type { RunSummary } from '../run-summary.ts';
import { resourceBars } from './bars.ts';
import { cellName, draw } from './drawing.ts';
import { element, tableOf } from './element.ts';
import { gradientHeat, gradientReach } from './gradient-charts.ts';
import { learningCurves, trainingLoss } from './learning-curves.ts';
import { figureOf, NONE } from './quantity.ts';

const form = (value: number | undefined, print: (value: number) => string): string =>
  value === undefined ? NONE : print(value);

/** A row a group: quality with spread and significance, size, speed, memory, time. */
export function summarySection(groups: readonly Group[]): HTMLElement {
  const rows = groups.map((group) => [
    group.delay === undefined ? group.task : `${group.task} over ${group.delay}`,
    cellName(group.cell, ` ${group.hidden}${group.variant === undefined ? '' : `, ${group.variant}`}`),
    group.isBest ? element('strong', {}, figureOf(group)) : figureOf(group),
    group.quality.label,
    group.isBest ? 'best' : form(group.pValue, (p) => (p < 0.001 ? '< 0.001' : p.toFixed(3))),
    form(group.parameters, count),
    form(group.tokensPerSecond, significant),
    form(group.peakMemoryBytes, bytes),
    form(group.seconds, duration),
  ]);
  const header = ['task', 'cell', 'quality', '', 'p', 'parameters', 'tokens/s', 'memory', 'time'];
  return element(
    'section',
    {},
    element('h2', {}, 'At a glance'),
    element(
      'div',
      { class: 'wide' },
      tableOf('Quality, size, speed, memory and time of every cell on every task', header, rows),
    ),
    element(
      'p',
      { class: 'note' },
      'Quality is the mean over seeds ± its standard deviation. p is the chance, by Welch’s test, that a difference to the best as large as this came from the seeds alone; it needs two seeds or more.',
    ),
  );
}

/** Everything about one task. */
export function taskSection(title: string, runs: readonly RunSummary[], groups: readonly Group[]): HTMLElement {
  const quality = groups[0]?.quality;
  const drawings = [
    ...(quality ? learningCurves(runs, groups, quality) : []),
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

const FLOWS = { stable: 'gradients hold', vanishing: 'gradients vanish', exploding: 'gradients explode' } as const;

/** What the microscope says of each run. */
export function diagnoses(runs: readonly RunSummary[]): HTMLElement | undefined {
  const cards = runs.flatMap(({ cell, hidden, seed, diagnosis, failure, variant }) => {
    const more = ` ${hidden}, seed ${seed}${variant === undefined ? '' : `, ${variant}`}`;
    if (failure !== undefined)
      return [
        element(
          'article',
          { class: 'card failed' },
          element('h4', {}, cellName(cell, more)),
          element('p', {}, `It failed: ${failure}`),
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
    : element('div', {}, element('h3', {}, 'What the microscope says'), element('div', { class: 'cards' }, ...cards));
}

/** What the runs made, side by side. */
function samples(runs: readonly RunSummary[]): HTMLElement | undefined {
  const shown = runs.filter(({ samples }) => samples.length > 0);
  if (shown.length === 0) return undefined;
  const cards = shown.map(({ cell, hidden, seed, samples }) =>
    element(
      'article',
      { class: 'card' },
      element('h4', {}, cellName(cell, ` ${hidden}, seed ${seed}`)),
      ...samples.flatMap(({ title, text }) => [
        element('p', { class: title.endsWith('wrongly') ? 'title wrong' : 'title' }, title),
        element('blockquote', {}, text || NONE),
      ]),
    ),
  );
  return element('div', {}, element('h3', {}, 'What they make of it'), element('div', { class: 'cards' }, ...cards));
}

/** The machine and the exact command behind every run. */
export function provenanceSection(runs: readonly RunSummary[]): HTMLElement {
  const rows = runs.map(({ name, status, steps, backend, machine, started, command }) => [
    name,
    status,
    count(steps),
    backend ?? NONE,
    machine,
    started.slice(0, 16).replace('T', ' '),
    element('code', {}, command),
  ]);
  return element(
    'section',
    {},
    element('h2', {}, 'Behind every figure'),
    element(
      'div',
      { class: 'wide' },
      tableOf(
        'The machine and the command of every run',
        ['run', 'status', 'steps', 'backend', 'machine', 'started, UTC', 'command'],
        rows,
      ),
    ),
  );
}
