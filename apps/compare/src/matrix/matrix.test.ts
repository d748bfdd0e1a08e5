import { readFileSync } from 'node:fs';
import { Rng } from '@unroll/rnn-core';
import { fuzzRuns, mutatedJson, SEED } from '@unroll/run/testing';
import { expect, test } from 'vitest';
import { entriesOf, parseMatrix } from './matrix.ts';

const QUICK = readFileSync(new URL('../../matrices/quick.json', import.meta.url), 'utf8');

const TIMES = fuzzRuns(300);

test(`a matrix that is changed at random is the runs that it names, each once, or one line (seed ${SEED})`, {
  timeout: 30_000 + TIMES * 20,
}, () => {
  const wrong: string[] = [];
  for (let k = 0; k < TIMES; k++) {
    const text = mutatedJson(QUICK, Rng.seeded(SEED).split(k));
    const complain = (what: string): unknown => wrong.push(`seed ${SEED}, ${k}: ${what}: ${text.slice(0, 300)}`);
    let content: unknown;
    try {
      content = JSON.parse(text);
    } catch {
      continue;
    }
    if (text.includes('"__proto__":')) continue; // nobody's key
    try {
      const matrix = parseMatrix(content, 'm.json');
      if (JSON.stringify({ ...matrix, ...(content as object) }) !== JSON.stringify(matrix))
        complain('is read otherwise');
      const names = entriesOf(matrix).map(({ name }) => name);
      const runs =
        Object.keys(matrix.tasks).length * matrix.cells.length * matrix.hiddenSize.length * matrix.seeds.length;
      if (new Set(names).size !== runs || runs === 0) complain(`${new Set(names).size} runs`);
    } catch (error) {
      const { name, message } = error as Error;
      if (name !== 'ConfigError' || !/^m\.json: .{5,500}$/s.test(message)) complain(`${name}: ${message}`);
    }
  }
  expect(wrong).toEqual([]);
});

test.each([
  [{ tasks: {} }, 'm.json: tasks must name at least one, got none'],
  [{ seeds: [1, 2, 1] }, 'm.json: seeds must have 1 once, got it twice'],
  [{ cells: ['gru', 'gru'] }, 'm.json: cells must have gru once, got it twice'],
  [{ hiddenSize: [8, 8] }, 'm.json: hiddenSize must have 8 once, got it twice'],
])('a matrix with %j is refused', (changed, message) => {
  expect(() => parseMatrix({ ...(JSON.parse(QUICK) as object), ...changed }, 'm.json')).toThrow(message);
});
