import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readStateDict } from '@unroll/interop';
import { EvaluatedOnnx } from '@unroll/interop/testing';
import { withFlags } from '@unroll/run';
import { TestFolder } from '@unroll/run/testing';
import { afterAll, describe, expect, test } from 'vitest';
import { CharLm } from '../char-lm.ts';
import { call, succeed, TINY, trainToy } from './toy.fixture.ts';

const folder = new TestFolder();
const { text, trained, result } = await trainToy(folder);
afterAll(() => folder[Symbol.dispose]());

describe('export', () => {
  const exported = async (name: string, ...flags: string[]) => {
    const out = join(folder.path, name);
    const { out: printed } = await succeed('export', trained, '--out', out, ...flags, '--json');
    return { out, json: JSON.parse(printed) as { bytes: Pair; bitsPerCharacter?: Pair } };
  };
  interface Pair {
    readonly before: number;
    readonly after: number;
  }

  test.each([
    ['f16', 0.7, 0.001],
    ['int8', 0.55, 0.05],
  ])('stored as %s, a model is smaller, nearly as good, and opened as any other', async (dtype, size, loss) => {
    const { out, json } = await exported(dtype, '--format', 'safetensors', '--dtype', dtype);
    const { bytes, bitsPerCharacter } = json;
    expect(bytes.after).toBeLessThan(size * bytes.before);
    expect(statSync(join(out, 'model.safetensors')).size).toBe(bytes.after);
    expect(bitsPerCharacter!.before).toBeCloseTo(Number(result['bitsPerCharacter']), 4);
    expect(Math.abs(bitsPerCharacter!.after - bitsPerCharacter!.before)).toBeLessThan(loss);

    const evaluated = await succeed('evaluate', out, '--backend', 'reference', '--json');
    expect((JSON.parse(evaluated.out) as Record<string, number>)['bitsPerCharacter']).toBeCloseTo(
      bitsPerCharacter!.after,
      4,
    );
    using lm = await CharLm.load(out, { backend: 'reference' });
    expect(lm.generate({ maxLength: 5 })).toHaveLength(5);
    expect((await call('train', '--resume', out, '--steps', '700')).err).toContain(
      'must hold a training to resume, got an exported model',
    );
  });

  test('a run whose text has gone is exported all the same', async () => {
    renameSync(text, `${text}.gone`);
    const args = [
      'export',
      trained,
      '--format',
      'safetensors',
      '--dtype',
      'int8',
      '--out',
      join(folder.path, 'blind'),
    ];
    const { err, out } = await succeed(...args);
    renameSync(`${text}.gone`, text);
    expect(err).toContain('validation bits per character ↓ on validation data is unknown; ');
    expect(out).toMatch(/stored as int8\s+\S+ kB\n/);
    expect((await call(...args)).err).toContain('--out must be a new or empty folder');
  });

  test('a folder of data sets for a run that has none', async () => {
    const flags = ['--format', 'safetensors', '--out', join(folder.path, 'unread'), '--data-dir', 'd'];
    const { code, err } = await call('export', trained, ...flags);
    expect([code, err]).toEqual([2, expect.stringContaining(`--data-dir has no effect on ${trained}, which was`)]);
  });

  test('torch gets a state dict, in which a tied output layer has its weight', async () => {
    const tied = join(folder.path, 'tied-8');
    const sizes = '--hidden-size 8 --embedding-size 8 --tie-weights --batch-size 4 --bptt 8'.split(' ');
    await succeed('train', '--data', text, ...sizes, '--steps', '1', '--backend', 'reference', '--out', tied);
    const out = join(folder.path, 'torch');
    await succeed('export', tied, '--format', 'torch', '--dtype', 'bf16', '--out', out);
    const saved = readStateDict(readFileSync(join(out, 'model.safetensors')));
    expect([...saved.keys()]).toContain('layers.0.bias_hh_l0');
    expect(saved.get('head.weight')).toEqual(saved.get('embedding.weight'));
  });

  test('torch gets the state dict of an ensemble, in which each network has its tied weight', async () => {
    const [run, out] = [join(folder.path, 'tied pair'), join(folder.path, 'tied pair, exported')];
    const pair = '--cell gru --tie-weights --embedding-size 12 --ensemble-size 2'.split(' ');
    await succeed('train', '--data', text, ...withFlags(TINY, ...pair), '--steps', '1', '--out', run);
    await succeed('export', run, '--format', 'torch', '--out', out);
    const saved = readStateDict(readFileSync(join(out, 'model.safetensors')));
    for (const network of ['members.0.', 'members.1.'])
      expect(saved.get(`${network}head.weight`)).toEqual(saved.get(`${network}embedding.weight`));
    expect(readdirSync(out)).toContain('model.py');
  });

  test('torch gets no model.py for a cell that it lacks', async () => {
    const [run, out] = [join(folder.path, 'sru'), join(folder.path, 'sru, exported')];
    await succeed('train', '--data', text, ...withFlags(TINY, '--cell', 'sru'), '--steps', '1', '--out', run);
    await succeed('export', run, '--format', 'torch', '--out', out);
    expect(readdirSync(out)).toEqual(['model.safetensors']);
  });

  test('torch has no int8', async () => {
    const out = join(folder.path, 'torch');
    expect((await call('export', trained, '--format', 'torch', '--dtype', 'int8', '--out', `${out}8`)).err).toMatch(
      /^char-lm: --dtype must be f32, f16 or bf16 with --format torch, got int8/,
    );
  });
});

test('export writes the model for an ONNX runtime, and says how to run it', async () => {
  const out = join(folder.path, 'exported');
  const called = await succeed('export', trained, '--format', 'onnx', '--out', out);
  expect(called.out).toMatch(/model\.onnx +[\d.]+ kB\n/);
  expect(called.out).toContain(`Try next: cd ${out} && npm install onnxruntime-node && node example.mjs 'The '`);
  expect(readdirSync(out).toSorted()).toEqual(['README.md', 'example.mjs', 'model.onnx', 'tokenizer.json']);
  const { metadata } = new EvaluatedOnnx(readFileSync(join(out, 'model.onnx')));
  expect(metadata['config.json']).toBe(readFileSync(join(trained, 'config.json'), 'utf8'));
});

const python = process.env['UNROLL_PYTHON'];

test.skipIf(!python).each([
  ['one network', ''],
  ['two unlike networks', '--cell gru --tie-weights --embedding-size 12 --ensemble-size 2'],
])(
  'torch runs the exported model, %s (needs UNROLL_PYTHON, a Python with torch and safetensors)',
  async (name, flags) => {
    const [run, out] = [join(folder.path, name), join(folder.path, `${name} in torch`)];
    await succeed(
      'train',
      '--data',
      text,
      ...withFlags(TINY, ...flags.split(' ').filter(Boolean)),
      '--steps',
      '20',
      '--out',
      run,
    );
    await succeed('export', run, '--format', 'torch', '--out', out);
    const sentence = 'The old cat sees a moon.';
    const { stdout } = spawnSync(python ?? '', [join(out, 'model.py'), sentence], { encoding: 'utf8' });
    using lm = await CharLm.load(run, { backend: 'reference' });
    expect(Number.parseFloat(stdout)).toBeCloseTo((await lm.score(sentence)).nats, 5);
  },
);
