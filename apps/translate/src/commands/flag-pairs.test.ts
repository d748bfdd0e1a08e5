import { newRunRecord, writeRunRecord } from '@unroll/run';
import { callProgram, TestFolder } from '@unroll/run/testing';
import { expect, test } from 'vitest';
import { metricsProgram } from './metrics/program.ts';
import { program } from './program.ts';

/** Calls the program, or `metrics`; RUN is a run with subwords of its own or of another. */
async function call(line: string) {
  using folder = new TestFolder();
  const config = { data: 'nowhere.tsv', vocabSize: 500, jointVocab: false };
  writeRunRecord(folder.path, newRunRecord({ app: 'translate', command: '', config, steps: 9, data: undefined }));
  const argv = line.split(' ').map((word) => word.replace('RUN', folder.path));
  return await (argv[0] === 'metrics' ? callProgram(metricsProgram, argv.slice(1)) : callProgram(program, argv));
}

test.each([
  [
    'translate DIR x --sample 2 --top-k 1 --temperature 2',
    '--temperature has no effect with --top-k 1; it needs --top-k other than 1',
  ],
  ['translate DIR x --sample 2 --top-k 1 --seed 2', '--seed has no effect with --top-k 1'],
  [
    'compare --data FILE --attentions none --coverage-penalty 0.2',
    '--coverage-penalty has no effect with --attentions none; it needs --attentions general, dot or additive',
  ],
  ['compare --data FILE --attentions dot --decoder-hidden-size 64', '--decoder-hidden-size has no effect'],
  ['train --resume RUN --vocab-size 600', '--vocab-size has no effect with --resume'],
  ['start --resume RUN --joint-vocab', '--joint-vocab has no effect with --resume'],
  ['train --data FILE --minutes 1 --dropout 0 --no-variational-dropout', '--no-variational-dropout has no effect'],
  [
    'metrics ter A B --asian-support',
    '--asian-support has no effect without --normalized and without --no-punctuation',
  ],
  ['metrics compare A B C --asian-support', '--asian-support has no effect'],
])('a flag without effect beside another: %s', async (line, message) => {
  const { code, err } = await call(line);
  expect([code, err]).toEqual([2, expect.stringContaining(`: ${message}`)]);
});

test.each([
  'translate DIR x --beam-size 1 --length-penalty 2 --json', // which has the score
  'translate DIR x --sample 2 --top-k 2 --temperature 2 --seed 2',
  'compare --data FILE --attentions none,dot --coverage-penalty 0.2 --decoder-hidden-size 64 --steps 1',
  'train --resume RUN --vocab-size 500 --no-joint-vocab --steps 10',
  'metrics ter A B --asian-support --no-punctuation',
  'metrics compare A B C --asian-support --normalized',
])('flags that have an effect together: %s', async (line) => {
  const { code, err } = await call(line);
  expect([code, err]).toEqual([1, expect.not.stringContaining('no effect')]); // no such file
});
