import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Program } from '@unroll/run';
import { callProgram, callSuccessfully, TestFolder } from '@unroll/run/testing';
import { encode } from 'fast-png';
import { describe, expect, test } from 'vitest';
import { imagePixels, RowReader } from '../image-rows/image-rows.ts';
import { BARS } from '../piece/bars.fixture.ts';
import { pieceCommand } from '../piece/command.ts';
import { type ImageClassifier, imageTraining } from '../piece/image-training.ts';
import { SIZE } from '../piece/mnist.ts';
import type { Piece } from '../piece/piece.ts';
import { predictCommand } from '../piece/predict.ts';
import { trainCommand } from '../piece/train-command.ts';
import { program } from '../program.ts';
import { ConvClassifier, imageClass } from './image-class.ts';

const rows = { cell: 'gru', hiddenSize: 32, conv: false, step: 'row', size: 28 } as const;
/** Each with the steps it needs, and what it then reaches; one in five is chance. */
const MODELS: Readonly<Record<string, [create: () => ImageClassifier, steps: number, accuracy: number]>> = {
  CNN: [() => new ConvClassifier(), 30, 0.9],
  'GRU of rows': [() => new RowReader(rows), 100, 0.4],
  'CNN and GRU': [() => new RowReader({ ...rows, conv: true }), 60, 0.6],
};

/** The piece with images of bars in the place of MNIST. */
const piece: Piece = {
  ...imageClass,
  prepare: async () =>
    Object.fromEntries(
      Object.entries(MODELS).map(([name, [create, steps]]) => [
        name,
        () => imageTraining(create(), BARS, { steps, config: {} }),
      ]),
    ),
};
const bars: Program = {
  ...program,
  commands: {
    bars: { summary: 'Tells bars apart.', ...pieceCommand(piece) },
    predict: { summary: 'Predicts.', ...predictCommand([imageClass]) },
  },
};

describe('a program of the gallery', () => {
  test('trains its models, prints a table, saves and draws the first, which then predicts', async () => {
    using folder = new TestFolder();
    const out = join(folder.path, 'run');
    const { out: printed, err } = await callSuccessfully(bars, ['bars', '--seeds', '1,2', '--out', out]);
    expect(err).toMatch(/seed 2, GRU of rows: [\d,]+ parameters, 100 steps/);
    expect(err).toMatch(/step 30\/30 · loss \d/);
    expect(printed).toMatch(/CNN +\d+\.\d\d ± \d+\.\d\d %\n/);
    expect(printed).toContain('What to try next:');
    const result = JSON.parse(readFileSync(join(out, 'result.json'), 'utf8'));
    for (const [name, [, , least]] of Object.entries(MODELS))
      for (const { accuracy } of result.scores[name]) expect(accuracy, name).toBeGreaterThan(least);
    expect(readFileSync(join(out, 'picture.svg'), 'utf8')).toMatch(/^<svg .*<\/svg>\n$/s);

    const data = BARS.test.values.slice(3 * SIZE * SIZE, 4 * SIZE * SIZE);
    const image = folder.file('bar.png', encode({ width: SIZE, height: SIZE, data, channels: 1 }));
    const predicted = await callSuccessfully(bars, ['predict', out, image, '--json']);
    expect(JSON.parse(predicted.out).class).toBe(3);
  });

  test.each([
    [['predict', 'nowhere', 'x.png'], 1, 'gallery: nowhere: no such folder'],
    [['bars', '--seeds', '-1'], 2, 'gallery: --seeds must be a comma-separated list, each a whole number from 0'],
    [['bars', '--data-dir', '/none', '--short', 'x'], 2, 'gallery: '],
  ] as const)('%j is one line', async (argv, code, line) => {
    const called = await callProgram(bars, argv);
    expect(called.code).toBe(code);
    expect(called.err).toMatch(/^[^\n]*\n$/);
    expect(called.err.startsWith(line), called.err).toBe(true);
  });

  test('the list names every piece', async () => {
    const { out } = await callSuccessfully(program, []);
    for (const name of ['image-class', 'image-rows', 'image-pixels']) expect(out).toContain(name);
  });
});

test('a run of images is resumed with its size, and refuses another', async () => {
  using folder = new TestFolder();
  const reader: Piece = {
    ...imagePixels,
    prepare: async ({ size = SIZE }) => ({
      GRU: ({ cell = 'gru', steps = 1 } = {}) => {
        const config = { cell, hiddenSize: 4, conv: false, step: 'row', size } as const;
        return imageTraining(new RowReader(config), BARS, { steps, config });
      },
    }),
  };
  const pixels: Program = { ...program, commands: { train: { summary: 'Trains.', ...trainCommand([reader]) } } };
  const run = join(folder.path, 'run');
  const train = (line: string) => callProgram(pixels, ['train', ...line.split(' ')]);
  await train(`--piece image-pixels --size 14 --steps 1 --out ${run}`);
  expect(await train(`--resume ${run} --size 7`)).toMatchObject({
    code: 2,
    err: `gallery: --size must be 14, as in ${run}, to resume it, got 7\n`,
  });
  expect(await train(`--resume ${run} --steps 2`)).toMatchObject({ code: 0 });
  expect(await train('--piece image-pixels --steps 9 --probe-gradients 10')).toMatchObject({
    code: 2,
    err: expect.stringContaining('--probe-gradients has no effect with --steps 9'),
  });
});

const DATA = process.env['UNROLL_DATA'];

test.skipIf(DATA === undefined)('MNIST is learned (needs UNROLL_DATA)', async () => {
  using folder = new TestFolder();
  for (const name of ['image-class', 'image-rows']) {
    const out = join(folder.path, name);
    const called = await callSuccessfully(program, [name, '--short', '--seeds', '1', '--out', out, '--json']);
    for (const [{ accuracy }] of Object.values<[{ accuracy: number }]>(JSON.parse(called.out).scores))
      expect(accuracy).toBeGreaterThan(0.3);
    expect(existsSync(join(out, 'picture.svg'))).toBe(true);
  }
});
