import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Entry, entriesOf, parseMatrix } from './matrix.ts';

const folder = new URL('../../matrices/', import.meta.url);

test.each(readdirSync(folder))('%s is a matrix, and each of its runs has a name of its own', (name) => {
  const entries = entriesOf(parseMatrix(JSON.parse(readFileSync(new URL(name, folder), 'utf8')), name));
  expect(entries.length).toBeGreaterThan(1);
  expect(new Set(entries.map(({ name }) => name)).size).toBe(entries.length);
});

test('every variant has its flags after those of the task', () => {
  const matrix = parseMatrix(
    {
      tasks: { parity: ['--delay', '3'] },
      variants: { plain: [], fast: ['--lr', '0.1'] },
      cells: ['gru'],
      hiddenSize: [4],
      seeds: [1],
      equal: 'steps',
      steps: 5,
    },
    'm.json',
  );
  expect(entriesOf(matrix).map(({ name, variant, words }) => [name, variant, words.slice(-4)])).toEqual([
    ['parity-gru-4-plain-s1', 'plain', ['--steps', '5', '--delay', '3']],
    ['parity-gru-4-fast-s1', 'fast', ['--delay', '3', '--lr', '0.1']],
  ]);
});

test('a variant has its flags in place of the task’s', () => {
  const matrix = parseMatrix(
    {
      ...rated({ lr: {}, tasks: { parity: ['--lr', '0.2', '--lexicon', '--delay=3', '--dropout', '0.5'] } }),
      variants: { other: ['--lr=0.1', '--no-lexicon', '--delay', '4'] },
      cells: ['gru'],
    },
    'm.json',
  );
  const [{ words }] = entriesOf(matrix) as [Entry];
  expect(words.slice(-6)).toEqual(['--dropout', '0.5', '--lr=0.1', '--no-lexicon', '--delay', '4']);
  expect(words.filter((word) => /^--(lr|no-lexicon|lexicon|delay)/.test(word))).toHaveLength(3);
});

test.each([
  [{ probeGradients: 5 }, ['5']],
  [{ probeGradients: 6 }, []], // the training ends before
  [{ probeGradients: 6, tasks: { parity: ['--steps=7'] } }, ['6']],
  [{ probeGradients: 6, tasks: { parity: ['--steps', '4'] } }, []],
  [{ probeGradients: 0 }, []],
  [{ probeGradients: 6, equal: 'minutes', steps: undefined, minutes: 1 }, ['6']],
])('gradients are measured where the training is long enough: %j', (more, expected) => {
  const matrix = {
    tasks: { parity: [] },
    cells: ['gru'],
    hiddenSize: [4],
    seeds: [1],
    equal: 'steps',
    steps: 5,
    ...more,
  };
  const [{ words }] = entriesOf(parseMatrix(matrix, 'm.json')) as [Entry];
  expect(words.filter((_, k) => words[k - 1] === '--probe-gradients')).toEqual(expected);
});

const rated = (more: object) => ({
  tasks: { parity: ['--delay', '3'], copy: [] },
  cells: ['rnn', 'gru'],
  lr: { parity: { gru: 0.02 } },
  hiddenSize: [4],
  seeds: [1],
  equal: 'steps',
  steps: 5,
  ...more,
});

test('a cell has its own learning rate for a task, where the matrix gives one', () => {
  const entries = entriesOf(parseMatrix(rated({}), 'm.json'));
  const rateOf = (words: readonly string[]) =>
    words.includes('--lr') ? words[words.indexOf('--lr') + 1] : undefined;
  expect(entries.map(({ name, words }) => [name, rateOf(words)])).toEqual([
    ['parity-rnn-4-s1', undefined],
    ['parity-gru-4-s1', '0.02'],
    ['copy-rnn-4-s1', undefined],
    ['copy-gru-4-s1', undefined],
  ]);
});

test.each([
  [[], 'the matrix must be an object, got []; write { "tasks": …, "cells": …, … }'],
  ['a', 'the matrix must be an object, got "a"; write { "tasks": …, "cells": …, … }'],
  [null, 'the matrix must be an object, got null; write { "tasks": …, "cells": …, … }'],
  [{ about: 3 }, 'about must be text, got 3; write "about": "three cells on one text"'],
  [
    { tasks: ['copy'] },
    'tasks must be an object, got ["copy"]; write "tasks": { "char-lm": ["--preset", "moby-dick"] }',
  ],
  [
    { tasks: { copy: '--delay 3' } },
    'tasks.copy must be a list, got "--delay 3"; write "tasks": { "char-lm": ["--preset", "moby-dick"] }',
  ],
  [{ tasks: { copy: ['--delay', 3] } }, 'tasks.copy[1] must be text, got 3; write "3"'],
  [{ tasks: undefined }, 'tasks must be given, got none; write "tasks": { "char-lm": ["--preset", "moby-dick"] }'],
  [{ variants: { a: [true] } }, 'variants.a[0] must be text, got true; write "true"'],
  [
    { variants: [] },
    'variants must be an object, got []; write "variants": { "plain": [], "average": ["--ema", "0.98"] }',
  ],
  [{ cells: 'gru' }, 'cells must be a list, got "gru"; write "cells": ["gru", "lstm"]'],
  [{ cells: [] }, 'cells must be a list that is not empty, got []; write "cells": ["gru", "lstm"]'],
  [
    { cells: ['transformer'] },
    /^m\.json: cells\[0\] must be one of rnn, gru, .*relu, got "transformer"; write "cells": \["gru", "lstm"\]$/,
  ],
  [{ lr: { parity: 0.1 } }, 'lr.parity must be an object, got 0.1; write "lr": { "char-lm": { "gru": 0.006 } }'],
  [
    { lr: { parity: { gru: 0 } } },
    'lr.parity.gru must be above 0, got 0; write "lr": { "char-lm": { "gru": 0.006 } }',
  ],
  [{ lr: { parity: { gruu: 0.1 } } }, /^m\.json: lr\.parity must have rnn, .*relu, got gruu; did you mean gru\?$/],
  [{ hiddenSize: 64 }, 'hiddenSize must be a list, got 64; write "hiddenSize": [64]'],
  [{ hiddenSize: [0] }, 'hiddenSize[0] must be at least 1, got 0; write "hiddenSize": [64]'],
  [{ seeds: ['1'] }, 'seeds[0] must be a number, got "1"; write "seeds": [1, 2, 3]'],
  [{ seeds: [1.5] }, 'seeds[0] must be a whole number, got 1.5; write "seeds": [1, 2, 3]'],
  [{ equal: 'time' }, 'equal must be one of steps, minutes, parameters, got "time"; write "equal": "steps"'],
  [{ equal: 'minute' }, 'equal must be one of steps, minutes, parameters, got "minute"; did you mean minutes?'],
  [{ steps: '5' }, 'steps must be a number, got "5"; write "steps": 300'],
  [{ minutes: -1 }, 'minutes must be above 0, got -1; write "minutes": 5'],
  [{ score: 7 }, 'score must be one of task, validation-loss, got 7; write "score": "validation-loss"'],
  [{ probeGradients: null }, 'probeGradients must be a number, got null; write "probeGradients": 20'],
  [{ seed: [1] }, 'seed is not a setting of a matrix; did you mean seeds?'],
])('what a matrix may not hold is said in plain words, with how it is written: %j', (wrong, message) => {
  const isWhole = wrong === null || typeof wrong !== 'object' || Array.isArray(wrong);
  const refused = () => parseMatrix(isWhole ? wrong : rated(wrong), 'm.json');
  expect(refused).toThrow(typeof message === 'string' ? `m.json: ${message}` : message);
});

test.each([
  [
    { lr: { partiy: { gru: 0.02 } } },
    'm.json: lr must have tasks of the matrix, parity, copy, got partiy; did you mean parity?',
  ],
  [
    { tasks: { parity: ['--lr', '0.1'] } },
    'm.json: tasks.parity must not have --lr, which is set by the lr of the matrix; remove it',
  ],
  [
    { variants: { fast: ['--lr=0.1'] } },
    'm.json: variants.fast must not have --lr, which is set by the lr of the matrix; remove it',
  ],
])('learning rates that contradict the rest of the matrix are refused: %j', (more, message) => {
  expect(() => parseMatrix(rated({ tasks: { parity: [], copy: [] }, ...more }), 'm.json')).toThrow(message);
});
