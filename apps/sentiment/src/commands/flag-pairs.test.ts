import { newRunRecord, writeRunRecord } from '@unroll/run';
import { callProgram, TestFolder } from '@unroll/run/testing';
import { expect, test } from 'vitest';
import { program } from './program.ts';

/** Calls the program; RUN is a run that had no vectors. */
async function call(line: string) {
  using folder = new TestFolder();
  const config = { data: 'nowhere.csv', bagL2: 20 };
  writeRunRecord(folder.path, newRunRecord({ app: 'sentiment', command: '', config, steps: 9, data: undefined }));
  return await callProgram(
    program,
    line.split(' ').map((word) => word.replace('RUN', folder.path)),
  );
}

test.each([
  ['predict DIR text --json --format csv', '--format has no effect with --json; leave out --json'],
  ['predict DIR --json --data texts.csv --format jsonl', '--format has no effect with --json'],
  ['predict DIR --data texts.txt --format text --text-column body', '--text-column has no effect'],
  ['predict DIR --data texts.csv --format text --bom', '--bom has no effect with --format text'],
  ['train --resume RUN --vectors FILE', '--vectors has no effect with --resume'],
  ['train --resume RUN --bag-l2 3', '--bag-l2 has no effect with --resume'],
  ['train --ensemble-size 1 --mixed-ensemble', '--mixed-ensemble has no effect'],
  ['train --mixed-ensemble --pooling attention', '--mixed-ensemble has no effect'],
  ['train --minutes 1 --no-bag-of-words --no-nb-features --bag-l2 3', '--bag-l2 has no effect'],
])('a flag without effect beside another: %s', async (line, message) => {
  const { code, err } = await call(line);
  expect([code, err]).toEqual([2, expect.stringContaining(`sentiment: ${message}`)]);
});

test.each([
  'predict DIR --json --data texts.txt --format csv', // says what the file is
  'predict DIR --data texts.csv --format text --text-column body', // the file is what its extension says
  'predict DIR --data texts.txt --format csv --bom',
  'train --resume RUN --bag-l2 20 --steps 10',
  'train --data nowhere.csv --minutes 1 --mixed-ensemble', // it chooses the number of networks
  'train --data nowhere.csv --minutes 1 --no-bag-of-words --bag-l2 3', // it may choose --nb-features
])('flags that have an effect together: %s', async (line) => {
  const { code, err } = await call(line);
  expect([code, err]).toEqual([1, expect.not.stringContaining('no effect')]); // no such file
});
