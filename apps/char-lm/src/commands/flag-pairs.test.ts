import { callProgram } from '@unroll/run/testing';
import { expect, test } from 'vitest';
import { program } from './program.ts';

const call = (line: string) => callProgram(program, line.split(' '));

test.each([
  ['sample DIR --top-k 1 --temperature 0.5', '--temperature has no effect with --top-k 1'],
  ['sample DIR --top-k 1 --top-p 0.5', '--top-p has no effect with --top-k 1'],
  ['sample DIR --top-k 1 --seed 2', '--seed has no effect with --top-k 1; it needs --top-k other than 1'],
  ['train --data FILE --steps 100 --patience 9', '--patience has no effect with'],
  ['train --data FILE --steps 9 --probe-gradients 10', '--probe-gradients has no effect with --steps 9'],
  ['train --data FILE --minutes 1 --dropout 0 --variational-dropout', '--variational-dropout has no effect'],
])('a flag without effect beside another: %s', async (line, message) => {
  const { code, err } = await call(line);
  expect([code, err]).toEqual([2, expect.stringContaining(`char-lm: ${message}`)]);
});

test.each([
  'sample DIR --top-k 2 --temperature 0.5 --seed 2',
  'train --data FILE --minutes 1 --variational-dropout',
  'train --preset moby-dick --data FILE --patience 9',
])('flags that have an effect together: %s', async (line) => {
  const { code, err } = await call(line);
  expect([code, err]).toEqual([1, expect.not.stringContaining('no effect')]); // no such file
});
