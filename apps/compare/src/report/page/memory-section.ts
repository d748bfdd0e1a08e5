import { meanAndSd } from '@unroll/metrics';
import { SOLVED } from '../../memory/solved.ts';
import { grouped } from '../grouped.ts';
import type { RunSummary } from '../run-summary.ts';
import { cellName, draw } from './drawing.ts';
import { element } from './element.ts';
import { gradientHeat, gradientReach } from './gradient-charts.ts';
import { diagnoses, legend } from './sections.ts';

/** What each cell can remember, and for how long: a grid per task, and how far the gradients of the longest delay reach. */
export function memorySection(runs: readonly RunSummary[]): HTMLElement {
  const usual = runs.filter(({ variant }) => variant === undefined);
  const forced = runs.filter(({ variant }) => variant !== undefined);
  const byTask = [...grouped(usual, ({ task }) => task)];
  return element(
    'section',
    { 'data-task': 'memory' },
    element('h2', {}, 'What each cell remembers', legend(usual)),
    element(
      'p',
      { class: 'note' },
      'Steps of training until 99 % of the answers are correct; where they never were, the accuracy at the end. “850 in 1/3”: one of three seeds got there.',
    ),
    element(
      'div',
      { class: 'cards' },
      ...byTask.map(([task, runs]) =>
        element('article', { class: 'card' }, element('h4', {}, task), grid(task, runs)),
      ),
    ),
    element('div', { class: 'figures memory' }, ...byTask.flatMap(([task, runs]) => reachOf(task, runs)).map(draw)),
    ...gradientHeat(forced).map(draw),
    diagnoses(forced),
    element('details', {}, element('summary', {}, 'Gradient diagnosis of every run'), diagnoses(usual)),
  );
}

/** A row per cell, a column per delay. */
function grid(task: string, runs: readonly RunSummary[]): HTMLElement {
  const delays = [...new Set(runs.map(({ delay = 0 }) => delay))].toSorted((a, b) => a - b);
  const rows = [...grouped(runs, ({ cell }) => cell)].map(([cell, runs]) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, cellName(cell)),
      ...delays.map((delay) => field(runs.filter((run) => run.delay === delay))),
    ),
  );
  return element(
    'table',
    { class: 'grid' },
    element('caption', { class: 'unseen' }, `${task}: steps to solve by cell and delay`),
    element(
      'thead',
      {},
      element(
        'tr',
        {},
        element('th', {}),
        ...delays.map((delay) => element('th', { scope: 'col' }, `over ${delay}`)),
      ),
    ),
    element('tbody', {}, ...rows),
  );
}

function field(runs: readonly RunSummary[]): HTMLElement {
  const solved = runs.filter(({ score = 0 }) => score >= SOLVED);
  if (runs.length === 0) return element('td', {}, '');
  if (runs.every(({ status }) => status === 'running')) return element('td', {}, '…');
  if (runs.every(({ status }) => status === 'failed')) return element('td', { class: 'failed' }, 'failed');
  if (solved.length > 0) {
    const steps = meanAndSd(solved.map(({ steps }) => steps)).mean.toFixed(0);
    if (solved.length === runs.length) return element('td', { class: 'solved' }, steps);
    return element('td', { class: 'partly' }, `${steps} in ${solved.length}/${runs.length}`);
  }
  return element(
    'td',
    { class: 'unsolved' },
    `${(100 * meanAndSd(runs.map(({ score = 0 }) => score)).mean).toFixed(0)} %`,
  );
}

function reachOf(task: string, runs: readonly RunSummary[]) {
  const longest = Math.max(...runs.map(({ delay = 0 }) => delay));
  return gradientReach(runs.filter(({ delay }) => delay === longest)).map((drawing) => ({
    ...drawing,
    title: `${task} over ${longest}: what is left of a gradient, steps back`,
  }));
}
