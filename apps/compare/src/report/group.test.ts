import { expect, it } from 'vitest';
import { groupRuns } from './group.ts';
import type { RunSummary } from './run-summary.ts';

const run = (seed: number, more: Partial<RunSummary> = {}): RunSummary => ({
  name: `run-${seed}`,
  folder: `runs/${seed}-${JSON.stringify(more)}`,
  task: 'sentiment',
  cell: 'gru',
  hiddenSize: 8,
  seed,
  status: 'finished',
  metric: { name: 'accuracy', split: 'test', isHigherBetter: true, unit: '%', digits: 1 },
  curveOf: { name: 'validation accuracy', unit: '%', digits: 1 },
  score: 0.5 + seed / 10,
  steps: 10,
  curve: [],
  snapshots: [],
  samples: [],
  settings: { cell: 'gru', hiddenSize: 8, lr: 0.01 },
  dataHash: 'a'.repeat(64),
  ...more,
});

const shown = async (...runs: RunSummary[]) =>
  (await groupRuns(runs)).map(({ variant, score, failed, isBest }) => [
    variant,
    score?.n,
    score?.mean,
    failed,
    isBest,
  ]);

it('averages runs that differ in their seed alone', async () => {
  expect(await shown(run(1), run(2))).toEqual([[undefined, 2, expect.closeTo(0.65), 0, false]]);
});

it('never averages runs of other settings or other data, and names in what they differ', async () => {
  const slow = { settings: { cell: 'gru', hiddenSize: 8, lr: 0.001 } };
  expect(await shown(run(1), run(2), run(3, slow))).toEqual([
    ['lr 0.001', 1, 0.8, 0, true],
    ['lr 0.01', 2, expect.closeTo(0.65), 0, false],
  ]);
  expect(await shown(run(1), run(2, { dataHash: 'b'.repeat(64) }))).toEqual([
    ['data aaaaaaaa', 1, 0.6, 0, false],
    ['data bbbbbbbb', 1, 0.7, 0, false], // not the best: of other data
  ]);
});

it('the order of the settings does not matter', async () => {
  expect(await shown(run(1), run(2, { settings: { lr: 0.01, hiddenSize: 8, cell: 'gru' } }))).toHaveLength(1);
});

it('counts failed runs with those of their settings, or of their size when they had none yet', async () => {
  const failed = { status: 'failed', failure: 'no space left' } as const;
  const { score: _, ...unscored } = run(2, failed);
  const { settings: __, dataHash: ___, ...early } = { ...unscored, folder: 'early' };
  expect(await shown(run(1), unscored, early)).toEqual([[undefined, 1, 0.6, 2, false]]);
  expect(await shown(early)).toEqual([[undefined, undefined, undefined, 1, false]]);
});
