import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withFlags } from '@unroll/run';
import { TestFolder } from '@unroll/run/testing';
import { afterAll, describe, expect, test } from 'vitest';
import { call, TINY, trainToy } from './toy.fixture.ts';

const folder = new TestFolder();
const { text, trained } = await trainToy(folder);
afterAll(() => folder[Symbol.dispose]());

/** The error line of a call that must fail. */
const line = async (...argv: string[]): Promise<string> => {
  const { code, err, out } = await call(...argv);
  expect(code, err).not.toBe(0);
  expect(out).toBe('');
  return err
    .trim()
    .split('\n')
    .filter((line) => !line.startsWith('Computing'))
    .join('\n')
    .replaceAll(folder.path, 'DIR');
};

const train = (...flags: string[]) =>
  line(...withFlags(['train', '--data', text, ...TINY, '--steps', '5'], ...flags));

describe('every mistake gets one line', () => {
  test('flags', async () => {
    expect(await train('--hiden-size', '3')).toBe(
      'char-lm: --hiden-size is not a flag of this command; did you mean --hidden-size?; see --help',
    );
    expect(await train('--dropout', '1')).toBe('char-lm: --dropout must be a number from 0 to below 1, got 1');
    expect(await train('--cell', 'lst')).toBe(
      'char-lm: --cell must be one of rnn, gru, lstm, slstm, mingru, minlstm, sru, got "lst"; did you mean lstm?',
    );
    expect(await train('--block')).toBe('char-lm: --embedding-size must equal --hidden-size 12 with --block, got 8');
    expect(await train('--block', '--layer-norm', '--embedding-size', '12')).toBe(
      'char-lm: --layer-norm has no effect with --block; it needs layers without --block, whose inputs are normalised',
    );
    expect(await train('--tie-weights')).toBe(
      'char-lm: --embedding-size must equal --hidden-size 12 with --tie-weights, got 8',
    );
    expect(await train('--drop-connect', '0.1')).toBe('char-lm: --drop-connect is now --weight-dropout');
    expect(await train('--variational-dropout')).toMatch(
      /^char-lm: --variational-dropout has no effect .*needs --dropout/,
    );
    expect(await line('sample', trained, '--temperature', '0', '--top-k', '3')).toBe(
      'char-lm: --top-k has no effect with --temperature 0; it needs --temperature above 0',
    );
    expect(await line('train', '--dataset', 'moby-dick', '--valid', text)).toBe(
      'char-lm: --valid has no effect without --data',
    );
    expect(await train('--bptt-growth', '0.7,0.3')).toBe(
      'char-lm: --bptt-growth must be in ascending order, got 0.7,0.3',
    );
    expect(await train('--data-dir', 'd')).toMatch(/^char-lm: --data-dir has no effect .*--dataset/);
    expect(await line('evaluate', trained, '--data', text, '--data-dir', 'd')).toMatch(
      /^char-lm: --data-dir has no effect with --data/,
    );
    expect(await train('--epochs', '1')).toBe(
      'char-lm: --steps and --epochs must not be given together; leave out one of them',
    );
    expect(await train('--preset', 'moby-dck')).toMatch(
      /^char-lm: --preset must be one of moby-dick, moby-dick-small, .+, got moby-dck; did you mean moby-dick\?$/,
    );
    expect(await train('--out', trained)).toMatch(
      /^char-lm: --out must be a new or empty folder, got DIR\/trained, which holds a run; continue it with --resume, or choose another --out$/,
    );
  });

  test('flags, before any text is read', async () => {
    for (const flags of [
      ['--embedding-size', '9', '--tie-weights'],
      ['--average-checkpoints', '99'],
      ['--out', trained],
    ])
      expect(await line('train', '--data', 'no.txt', '--steps', '5', ...flags)).toContain(`: ${flags[0]} must`);
  });

  test('texts', async () => {
    const data = (name: string, content: string | Uint8Array) => train('--data', folder.file(name, content));
    expect(await train('--data', join(folder.path, 'none.txt'))).toMatch(
      /^char-lm: cannot read DIR\/none.txt: no such file or folder \(ENOENT\)/,
    );
    expect(await data('empty.txt', '')).toBe('char-lm: DIR/empty.txt: must hold text, got an empty file');
    expect(await data('binary.txt', Uint8Array.of(65, 0, 66))).toBe(
      'char-lm: DIR/binary.txt: must be text, got a binary file (a zero at byte 1, line 1)',
    );
    expect(await data('latin.txt', Uint8Array.of(65, 10, 0xe9, 66))).toBe(
      'char-lm: DIR/latin.txt: must be UTF-8, got 0xE9 at byte 2, line 2',
    );
    expect(await data('short.txt', 'abababababababababababab')).toBe(
      'char-lm: DIR/short.txt: must have at least --batch-size × --bptt + 1 = 33 characters to train on, got 21; use a longer text, or a smaller --batch-size or --bptt',
    );
  });

  test('exports', async () => {
    const into = ['--out', folder.path];
    expect((await call('export', trained, '--format', 'keras', ...into)).err).toMatch(
      /^char-lm: --format must be one of onnx/,
    );
    expect((await call('export', trained, '--format', 'onnx', '--out', trained)).err).toMatch(
      /^char-lm: --out must be a new or empty folder, got .*, which holds a run/,
    );
  });

  test('models', async () => {
    expect(await line('evaluate', folder.path)).toMatch(
      /^char-lm: DIR: is not the folder of a char-lm run \(no config.json\); (give the folder that train wrote|did you mean)/,
    );
    const damaged = async (change: (bytes: Buffer) => Uint8Array): Promise<string> => {
      const path = join(trained, 'model.safetensors');
      const good = readFileSync(path);
      writeFileSync(path, change(Buffer.from(good)));
      try {
        return await line('sample', trained, '--max-length', '5');
      } finally {
        writeFileSync(path, good);
      }
    };
    expect(await damaged((bytes) => bytes.subarray(0, -7))).toMatch(/model\.safetensors: .*truncated/);
    expect(await damaged((bytes) => bytes.with(bytes.length - 9, (bytes.at(-9) ?? 0) ^ 4))).toMatch(
      /model\.safetensors: .*the file is damaged/,
    );
  });
});
