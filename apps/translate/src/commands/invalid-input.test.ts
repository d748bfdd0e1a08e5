import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withFlags } from '@unroll/run';
import { TestFolder } from '@unroll/run/testing';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { call, callMetrics, SENTENCE, succeed, TINY, TRANSLATION, toyPairs, trainToy, tsv } from './toy.fixture.ts';

vi.setConfig({ testTimeout: 300_000 }); // a second's work each, and a busy machine fails none

const folder = new TestFolder();
const { data, trained } = await trainToy(folder);
afterAll(() => folder[Symbol.dispose]());

const withoutAttention = join(folder.path, 'without');
const plain = withFlags(TINY, '--attention', 'none', '--max-length', '9');
await succeed('train', '--data', data, ...plain, '--steps', '1', '--out', withoutAttention);

describe('usage errors are one line', () => {
  /** The error line of a call that must fail. */
  const line = async (...argv: string[]): Promise<string> => {
    const { code, err, out } = await call(...argv);
    expect([code === 0, out]).toEqual([false, '']);
    const lines = err
      .trim()
      .split('\n')
      .filter((one) => !one.startsWith('Computing'));
    return lines.join('\n').replaceAll(folder.path, 'DIR');
  };
  const train = async (...flags: string[]) =>
    line(...withFlags(['train', ...TINY, '--steps', '5', '--out', join(folder.path, 'wrong')], ...flags));

  test('flags', async () => {
    expect(await train('--data', data, '--beam-sise', '3')).toBe(
      'translate: --beam-sise is not a flag of this command; did you mean --beam-size?; see --help',
    );
    expect(await train('--data', data, '--attention', 'dot')).toBe(
      'translate: --decoder-hidden-size must be 32, twice --hidden-size, with --attention dot, got 24',
    );
    expect(await train('--data', data, '--source', data)).toBe(
      'translate: --data and --source must not be given together; leave out one of them',
    );
    expect(await train('--source', data)).toBe(
      'translate: --source and --target must be given together, got --source alone',
    );
    expect(await train('--dataset', 'moby-dick')).toMatch(
      /^translate: --dataset must be one of .*, got moby-dick, which is for language modelling$/,
    );
    expect(await line('translate', trained, 'x', '--n-best', '9')).toBe(
      'translate: --n-best must be at most --beam-size 5, got 9',
    );
    for (const words of [
      ['translate', trained, 'x'],
      ['evaluate', trained],
    ])
      expect(await line(...words, '--min-length', '10', '--max-length', '5')).toBe(
        'translate: --min-length must be at most --max-length 5, got 10',
      );
    expect(await line('evaluate', trained, '--split', 'test')).toBe(
      'translate: --split test: DIR/trained has no test set; use --split valid',
    );
  });

  test('pairs that cannot be held out, before the first step', async () => {
    const few = folder.file('few.tsv', tsv(Array.from({ length: 40 }, (_, k) => [`one ${k % 2}`, `un ${k % 2}`])));
    expect(await train('--data', few)).toBe(
      'translate: DIR/few.tsv: must have enough pairs to hold some out for validation, got 40 source sentences (2 different); give more different ones, or --valid',
    );
    const long = folder.file('held-out.tsv', tsv([...toyPairs(2), ['w '.repeat(3000), 'mot']]));
    expect(await train('--data', data, '--valid', long)).toMatch(
      /translate: held-out pairs of toy: line 3: source: must be at most 2000 tokens, got \d+; split it/,
    );
  });

  test('flags, before any data is read', async () => {
    for (const flags of [
      ['--attention', 'dot'],
      ['--min-length', '9', '--max-length', '5'],
      ['--valid-source', 'no.en'],
      ['--average-checkpoints', '99'],
      ['--out', trained],
    ])
      expect(await line('train', '--data', 'no.tsv', ...TINY, '--steps', '5', ...flags)).toMatch(
        /^translate: --[\w-]+ .*must be/,
      );
  });

  test('flags without effect', async () => {
    const translate = async (...flags: string[]) => line('translate', trained, 'x', ...flags);
    expect(await translate('--sample', '2', '--beam-size', '3')).toBe(
      'translate: --beam-size has no effect with --sample 2; leave out --sample',
    );
    expect(await translate('--sample', '2', '--attention')).toBe(
      'translate: --attention has no effect with --sample 2; leave out --sample',
    );
    expect(await translate('--top-k', '3')).toBe('translate: --top-k has no effect without --sample');
    expect(await translate('--beam-size', '1', '--length-penalty', '2')).toBe(
      'translate: --length-penalty has no effect with --beam-size 1; it needs --beam-size of at least 2',
    );
    expect(await translate('--data', data)).toBe(
      'translate: TEXT and --data must not be given together; leave out one of them',
    );
    expect(await train('--data', data, '--attention', 'none', '--coverage-penalty', '0.2')).toBe(
      'translate: --coverage-penalty has no effect with --attention none; it needs --attention general, dot or additive',
    );
    expect(await line('translate', withoutAttention, 'x', '--coverage-penalty', '0.2')).toBe(
      'translate: --coverage-penalty must be 0 for a model without attention, got 0.2 for DIR/without',
    );
    expect(await train('--data', data, '--no-variational-dropout')).toBe(
      'translate: --no-variational-dropout has no effect with --dropout 0; it needs --dropout above 0',
    );
    expect(await train('--data', data, '--data-dir', 'copies')).toBe(
      'translate: --data-dir has no effect without --dataset',
    );
    expect(await line('evaluate', trained, '--data', data, '--split', 'valid')).toBe(
      'translate: --split has no effect with --data DIR/toy.tsv; leave out --data',
    );
    expect(await line('compare', '--data', data, '--attention', 'dot')).toBe(
      'translate: --attention is not a flag of compare, but of start, train and translate; did you mean --attentions?; see compare --help',
    );
    const metrics = await callMetrics('bleu', data, data, '--smooth-value', '1');
    expect([metrics.code, metrics.err.trim()]).toEqual([
      2,
      'metrics: --smooth-value has no effect with --smooth-method exp; it needs --smooth-method floor or add-k',
    ]);
  });

  test('tokenizers of BLEU that need a dictionary', async () => {
    const { code, err } = await callMetrics('bleu', data, data, '--tokenize', 'ja-mecab');
    expect([code, err.trim()]).toEqual([
      2,
      'metrics: --tokenize must be one of 13a, zh, intl, char, none, got "ja-mecab"; it needs MeCab and its IPADIC, which no maintained npm package carries with the same tokens; use char',
    ]);
  });

  test('earlier names of flags', async () => {
    expect(await train('--data', data, '--hidden', '8')).toBe('translate: --hidden is now --hidden-size');
    expect(await train('--data', data, '--no-tied')).toBe('translate: --no-tied is now --no-tie-weights');
    expect(await line('translate', trained, 'x', '--beam', '2')).toBe('translate: --beam is now --beam-size');
  });

  test('files of different length', async () => {
    const [source, target] = [folder.file('long.en', 'a\nb\nc\n'), folder.file('short.fr', 'a\nb\n')];
    expect(await train('--source', source, '--target', target)).toBe(
      'translate: DIR/long.en and DIR/short.fr: must have the same number of lines, but DIR/short.fr ends before line 3',
    );
    const { code, err } = await callMetrics('bleu', source, target);
    expect([code, err.trim().replaceAll(folder.path, 'DIR')]).toEqual([
      1,
      'metrics: DIR/long.en and DIR/short.fr: must have the same number of lines, got 3 and 2; line n of both is of sentence n',
    ]);
  });

  test('pairs unfit for training are left out, and a line says which and why', async () => {
    const long = Array.from({ length: 5000 }, () => 'word').join(' ');
    const odd: [string, string][] = [
      ['', 'Rien.'],
      [long, long],
      [
        'A dog.',
        'Le chien noir voit un bateau rouge et un cheval blanc et un garçon vert et un chat noir et un chien.',
      ],
      ['The same on both sides, by mistake.', 'The same on both sides, by mistake.'],
      ['Le chien noir suit un chat.', 'The black dog follows a cat.'],
    ];
    const mixed = folder.file('mixed.tsv', tsv([...odd, ...toyPairs(200)]));
    const { err } = await succeed(
      'train',
      '--data',
      mixed,
      ...TINY,
      '--steps',
      '1',
      '--max-length',
      '5',
      '--out',
      join(folder.path, 'mixed'),
    );
    expect(err.split('\n')[0]).toBe(
      'Left out of 200 training pairs: 1 where a side is empty (first on line 1), 1 where a side is too long (first on line 2), ' +
        '1 where the sides differ too much in length (first on line 3), 1 where the sides are equal (first on line 4), ' +
        '1 where the sides are swapped (first on line 5). Kept are pairs of 1 to 100 tokens per side (--max-pair-length), ' +
        'neither side over 3 times the other plus 10 (--max-length-ratio), no copies, each side in its own language.',
    );
  });

  test('swapped held-out pairs', async () => {
    const swapped = folder.file('swapped.tsv', tsv(toyPairs(20, 9).map(([source, target]) => [target, source])));
    expect(await train('--data', data, '--valid', swapped)).toBe(
      'translate: held-out pairs of toy: must have source and target in the languages of the training pairs, got 20 of 20 pairs swapped; exchange the two',
    );
  });

  test('sentences to translate, evaluate and score', async () => {
    expect(await line('translate', trained, 'word '.repeat(3000))).toMatch(
      /^translate: sentence 1: must be at most 2000 tokens, got \d+; split it into shorter sentences$/,
    );
    const empty = folder.file(
      'empty.tsv',
      tsv([
        [SENTENCE, TRANSLATION],
        ['', TRANSLATION],
      ]),
    );
    expect(await line('evaluate', trained, '--data', empty)).toBe(
      'translate: DIR/empty.tsv: every line must have a sentence and its translation, got an empty side on line 2',
    );
    const { code, out, err } = await call('score', trained, '--data', empty);
    expect([code, out.match(/\n/g)?.length, err]).toEqual([
      1,
      1, // what comes before is scored
      expect.stringContaining('must have a sentence and its translation, got an empty side on line 2'),
    ]);
    const nothing = folder.file('nothing.txt', '');
    expect(await line('score', trained, '--source', nothing, '--target', nothing)).toBe(
      'translate: DIR/nothing.txt: must hold text, got an empty file',
    );
  });

  test('models', async () => {
    expect(await line('translate', folder.path, 'x')).toMatch(
      /^translate: DIR: is not the folder of a translate run \(no config.json\); (give the folder that train wrote|did you mean)/,
    );
    const other = join(trained, 'config.json');
    const good = readFileSync(other, 'utf8');
    writeFileSync(other, good.replace('"translate"', '"char-lm"'));
    expect(await line('translate', trained, 'x')).toMatch(
      /^translate: DIR\/trained: is a run of char-lm, not of translate; give the folder that train wrote/,
    );
    writeFileSync(other, good);
    expect(await line('translate', withoutAttention, 'x', '--attention')).toBe(
      'translate: --attention needs a model with attention; DIR/without was trained with --attention none',
    );
  });
});
