import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Run } from './run.ts';
import { checkUsage } from './training-config.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'unroll-usage-'));
});
afterEach(() => rmSync(home, { recursive: true }));

const check = (settings: object) => () => checkUsage({ backend: 'reference', steps: 5, ...settings }, 'toy');

test('refuses what the flags alone show to be wrong', () => {
  expect(check({ steps: undefined })).toThrow(
    '--steps, --epochs or --minutes must be given, got none; for example --minutes 5',
  );
  expect(check({ averageCheckpoints: 6 })).toThrow(
    '--average-checkpoints must be at most the number of validations, 5',
  );
  expect(check({ out: join(home, 'new') })).not.toThrow();
  writeFileSync(join(home, 'mine.txt'), '');
  expect(check({ out: home })).toThrow(/^--out must be a new or empty folder, got .*, which holds a file/);
});

test('refuses to resume with settings of another model, or in another folder', () => {
  const out = join(home, 'run');
  Run.open({
    app: 'toy',
    context: { invocation: 'toy', command: 'toy', out: new PassThrough(), err: new PassThrough() },
    data: { name: 'points', files: [] },
    architecture: 'Toy',
    model: { hiddenSize: 3 },
    tokenizer: {},
    config: { steps: 10 },
    steps: 10,
    unit: 'points',
    metrics: [],
    out,
  })[Symbol.dispose]();
  expect(check({ resume: out, hiddenSize: 3 })).not.toThrow();
  expect(check({ resume: out, hiddenSize: '3' })).not.toThrow(); // as a flag with the choices 3 and 4 has it
  expect(check({ resume: out, hiddenSize: 4 })).toThrow(`--hidden-size must be 3, as in ${out}, to resume it, got 4`);
  expect(check({ resume: out, out: home })).toThrow(
    `--out and --resume must not be given together; leave out --out: the run continues in ${out}`,
  );
});
