import { Rng } from '@unroll/rnn-core';
import { describe, expect, it } from 'vitest';
import { IGNORED } from './memory-task.ts';
import { MEMORY_TASKS } from './memory-tasks.ts';

const [B, DELAY] = [16, 12];

describe.each(Object.entries(MEMORY_TASKS))('%s', (_, task) => {
  const batch = task.batch(Rng.seeded(1), B, DELAY);
  const symbolAt = (t: number, b: number): number =>
    batch.x.subarray((t * B + b) * task.inputSize, (t * B + b + 1) * task.inputSize).indexOf(1);

  it('is the same for the same seed, and another for another', () => {
    expect(task.batch(Rng.seeded(1), B, DELAY)).toEqual(batch);
    expect(task.batch(Rng.seeded(2), B, DELAY).x).not.toEqual(batch.x);
  });

  it('has the form it says', () => {
    expect(batch.x).toHaveLength(batch.T * B * task.inputSize);
    expect(batch.classes ?? batch.numbers).toHaveLength(batch.classes ? batch.T * B : B);
    for (const answer of batch.classes ?? []) expect(answer).toBeLessThan(task.outputSize);
  });

  it('can be answered from its input alone, by a rule', () => {
    for (let b = 0; b < B; b++) {
      const row = Array.from({ length: batch.T }, (_, t) => symbolAt(t, b));
      const answers = batch.classes && Array.from({ length: batch.T }, (_, t) => batch.classes![t * B + b]);
      expect(answers ?? batch.numbers![b]).toEqual(RULES[task.name]!(row, b));
    }
  });

  /** What the answer must be, worked out in the plainest way. */
  const RULES: Record<string, (row: number[], b: number) => unknown> = {
    copy: (row) => row.map((_, t) => (t < row.length - 3 ? IGNORED : row[t - (row.length - 3)]!)),
    adding: (_, b) => {
      let sum = 0;
      for (let t = 0; t < batch.T; t++) if (batch.x[(t * B + b) * 2 + 1] === 1) sum += batch.x[(t * B + b) * 2]!;
      return Math.fround(sum);
    },
    'temporal-order': (row) => {
      const [first, second] = row.filter((symbol) => symbol === 4 || symbol === 5);
      return row.map((_, t) => (t < row.length - 1 ? IGNORED : 2 * (first! - 4) + (second! - 4)));
    },
    parity: (row) => row.map((_, t) => row.slice(0, t + 1).reduce((odd, bit) => odd ^ bit, 0)),
    counting: (row) => {
      const n = row.filter((symbol) => symbol === 0).length;
      return row.map((_, t) => (t < n || t >= 2 * n ? IGNORED : t === 2 * n - 1 ? 1 : 0));
    },
  };
});
