import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TestFolder } from '@unroll/run/testing';
import { afterAll, describe, expect, test } from 'vitest';
import { call, csv, succeed, TINY, toyReviews, trainToy } from './toy.fixture.ts';

const folder = new TestFolder();
const { data, trained } = await trainToy(folder);
afterAll(() => folder[Symbol.dispose]());

describe('invalid input is one clear line', () => {
  /** Returns the one line that a failing call prints. */
  const errorOf = async (...argv: string[]): Promise<string> => {
    const { code, err, out } = await call(...argv);
    const lines = err
      .trimEnd()
      .split('\n')
      .filter((text) => !text.startsWith('Computing with'));
    expect([code === 0, out, lines.length]).toStrictEqual([false, '', 1]);
    return lines[0] ?? '';
  };
  const evaluate = (file: string, ...more: string[]) => [
    'evaluate',
    trained,
    '--data',
    file,
    '--no-baselines',
    ...more,
  ];
  const train = (file: string, ...more: string[]) => ['train', '--data', file, ...TINY, '--steps', '1', ...more];

  test.each([
    ['train', '--hidden 4', '--hidden is now --hidden-size'],
    ['ablate', '--num-seeds 2', '--num-seeds is now --seeds'],
    ['ablate', '--seed 2', '--seed is now --seeds'],
    ['train', '--no-bag-characters', '--no-bag-characters is now --no-bag-char-ngrams'],
    ['train', '--char-ngrams 5', '--char-ngrams is now --char-ngram-buckets'],
    ['train', '--convolution 4', '--convolution is now --conv-channels'],
    ['tokens text', '--no-fold-case', '--no-fold-case is now --cased'],
  ])('an earlier flag: %s %s', async (command, flags, error) => {
    expect(await errorOf(...command.split(' '), ...flags.split(' '))).toContain(error);
  });

  test.each([
    ['train', '--freeze-vectors', '--freeze-vectors has no effect without --vectors'],
    ['train', '--text-column body', '--text-column has no effect without --data'],
    ['train', '--valid some.csv', '--valid has no effect without --data'],
    ['train', '--no-bag-of-words --bag-l2 3', '--bag-l2 has no effect with --no-bag-of-words'],
    ['train', '--data some.csv --data-dir copies', '--data-dir has no effect without --dataset'],
    ['evaluate DIR', '--data some.csv --split valid', '--split has no effect with --data some.csv'],
    ['evaluate DIR', '--label-column mood', '--label-column has no effect without --data'],
    ['predict DIR text', '--text-column body', '--text-column has no effect'],
    ['tokens text', '--cased --model DIR', '--cased has no effect with --model DIR'],
  ])('a flag without effect: %s %s', async (command, flags, error) => {
    const { code, err } = await call(...command.split(' '), ...flags.split(' '));
    expect([code, err]).toStrictEqual([2, expect.stringContaining(error)]);
  });

  test('an unknown label', async () => {
    const file = folder.file('unknown.csv', 'text,label\nfine,positive\nwell,mixed\n');
    expect(await errorOf(...evaluate(file))).toBe(
      `sentiment: ${file}: line 3: label must be one of negative, positive, got mixed; the training texts must have texts of every class`,
    );
  });

  test('one class only', async () => {
    const file = folder.file('one.csv', csv(toyReviews(60).map(({ text }) => ({ text, label: 'good' }))));
    expect(await errorOf(...train(file))).toBe(
      `sentiment: ${file}: labels must be of at least two classes, got only good; add texts of another class`,
    );
  });

  test('broken quotes, with their line', async () => {
    const file = folder.file('quotes.csv', 'text,label\nfine,positive\n"never closed,negative\n');
    expect(await errorOf(...train(file))).toMatch(
      /^sentiment: .*quotes\.csv: line 3: quotes must be closed, got the end of the file$/,
    );
  });

  test('a missing column, with those there are', async () => {
    const file = folder.file('columns.csv', 'review,label\nfine,positive\n');
    expect(await errorOf(...train(file))).toMatch(
      /columns\.csv: has no column text; its header is: review, label; name the column with --text-column/,
    );
  });

  test('a file that is not there, before any output', async () => {
    expect(await errorOf('predict', trained, '--data', 'nowhere.csv', '--backend', 'reference')).toMatch(
      /^sentiment: cannot read nowhere\.csv: no such file or folder/,
    );
  });

  test('a data set of another task', async () => {
    expect(await errorOf('train', '--dataset', 'moby-dick')).toMatch(
      /^sentiment: --dataset must be one of .*, got moby-dick, which is for language modelling$/,
    );
  });

  test('invalid UTF-8', async () => {
    const file = folder.file('latin1.csv', Buffer.from('text,label\ncaf\xe9,positive\n', 'latin1'));
    expect(await errorOf(...train(file))).toMatch(/latin1\.csv: must be UTF-8, got 0xE9 at byte 14, line 2$/);
  });

  test('a damaged model', async () => {
    const out = join(folder.path, 'damaged');
    await succeed('train', '--data', data, ...TINY, '--steps', '1', '--out', out);
    writeFileSync(join(out, 'tokenizer.json'), '{}');
    expect(await errorOf('predict', out, 'a text')).toMatch(
      /tokenizer\.json: must be the file that the weights were trained with, got another content .*; put the original back$/,
    );
  });
});
