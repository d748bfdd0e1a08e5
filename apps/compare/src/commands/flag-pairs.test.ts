import { newRunRecord, writeRunRecord } from '@unroll/run';
import { callProgram, TestFolder } from '@unroll/run/testing';
import { expect, test } from 'vitest';
import { program } from '../program.ts';

/** Calls the program; RUN is a run of `recall`. */
async function call(line: string) {
  using folder = new TestFolder();
  const config = { cell: 'gru', steps: 9, recurrentInit: 'orthogonal', gain: 1.3 };
  writeRunRecord(folder.path, newRunRecord({ app: 'compare', command: '', config, steps: 9, data: undefined }));
  return await callProgram(
    program,
    line.split(' ').map((word) => word.replace('RUN', folder.path)),
  );
}

test.each([
  ['recall --resume RUN --gain 2', '--gain has no effect with --resume'],
  ['recall --resume RUN --recurrent-init uniform', '--recurrent-init has no effect with --resume'],
  ['recall --resume RUN --chrono-init 9', '--chrono-init has no effect with --resume'],
  ['recall --steps 100 --patience 4', '--patience has no effect with --steps 100 and with --validate-every 25'],
  ['recall --steps 9 --probe-gradients 10', '--probe-gradients has no effect with --steps 9'],
])('a flag without effect beside another: %s', async (line, message) => {
  const { code, err } = await call(line);
  expect([code, err]).toEqual([2, expect.stringContaining(`compare: ${message}`)]);
});

test('a resumed run may be given what it began with', async () => {
  const { code, err } = await call('recall --resume RUN --gain 1.3 --recurrent-init orthogonal --steps 10');
  expect([code, err]).toEqual([1, expect.stringContaining('config.json')]); // the rest of the run is not there
});
