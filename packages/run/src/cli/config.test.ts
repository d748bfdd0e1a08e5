import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Rng } from '@unroll/rnn-core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { fuzzRuns, SEED } from '../testing/bounds.ts';
import { mutatedJson } from '../testing/mutated-json.ts';
import { newRunRecord, writeRunRecord } from '../training/run-record.ts';
import { readCommandLine } from './command-line.ts';
import { listPresets, resolveConfig } from './config.ts';
import { flagsOf } from './flag.ts';

const schema = z.strictObject({
  folder: z.string().optional().meta({ argument: 'DIR', description: 'a run' }),
  preset: z.string().default('small'),
  resume: z.string().optional().meta({ once: true, resumes: true }),
  out: z.string().optional().meta({ once: true }),
  cell: z.enum(['rnn', 'gru', 'lstm']).default('lstm'),
  hiddenSize: z.int().min(1).max(512).default(8),
  dropout: z.number().min(0).lt(1).default(0),
  clip: z.number().positive().optional(),
  layers: z.array(z.int().min(1)).default([1]),
  cells: z.array(z.enum(['rnn', 'gru', 'lstm', 'relu'])).default(['gru']),
  tied: z.boolean().default(true),
  steps: z.int().min(1).optional(),
  minutes: z.number().positive().max(60).optional(),
  tokens: z
    .string()
    .refine((text) => text !== 'words', { message: 'bytes or letters, not words' })
    .optional(),
});

let home: string;
let presets: URL;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'unroll-config-'));
  mkdirSync(join(home, 'presets'));
  presets = pathToFileURL(`${home}/presets/`);
  preset('small', { about: 'Quick.', hiddenSize: 16, steps: 100 });
  preset('large', { about: 'Good.', hiddenSize: 64, dropout: 0.2, minutes: 5 });
});
afterEach(() => rmSync(home, { recursive: true }));

const preset = (name: string, values: object): void =>
  writeFileSync(join(home, 'presets', `${name}.json`), JSON.stringify(values));

const resolve = (...argv: string[]) =>
  resolveConfig(
    { app: 'toy', schema, presets, exclusive: [['steps', 'minutes']], renamed: { hidden: 'hiddenSize' } },
    readCommandLine(argv, flagsOf(schema)),
  ).config;

describe('what is given last counts', () => {
  test('defaults, then the default preset', () => {
    expect(resolve()).toEqual({
      preset: 'small',
      cell: 'lstm',
      hiddenSize: 16,
      dropout: 0,
      layers: [1],
      cells: ['gru'],
      tied: true,
      steps: 100,
    });
  });

  test('then the named preset', () =>
    expect(resolve('--preset', 'large')).toMatchObject({ hiddenSize: 64, dropout: 0.2 }));

  test('then flags', () => {
    expect(
      resolve('--preset', 'large', '--hidden-size=32', '--no-tied', '--layers', '1,2', '--layers', '3'),
    ).toMatchObject({ hiddenSize: 32, dropout: 0.2, tied: false, layers: [1, 2, 3] });
  });

  test('of an exclusive group the later displaces the earlier', () => {
    const { steps, minutes } = resolve('--minutes', '1.5');
    expect([steps, minutes]).toEqual([undefined, 1.5]);
  });

  test('a resumed run’s settings stand in place of a preset, but for what says how a call behaves', () => {
    const run = join(home, 'run');
    mkdirSync(run);
    const config = { preset: 'large', hiddenSize: 48, steps: 700, out: 'elsewhere' };
    writeRunRecord(run, newRunRecord({ app: 'toy', command: 'toy', data: undefined, config, steps: 700 }));
    expect(resolve('--resume', run, '--dropout', '0.5')).toEqual({
      preset: 'large',
      resume: run,
      cell: 'lstm',
      hiddenSize: 48,
      dropout: 0.5,
      layers: [1],
      cells: ['gru'],
      tied: true,
      steps: 700,
    });
  });
});

test('a switch may be given twice', () => expect(resolve('--no-tied', '--no-tied').tied).toBe(false));

test('positional arguments stand anywhere, and after -- may begin with a dash', () => {
  expect(resolve('runs/a', '--cell', 'gru').folder).toBe('runs/a');
  expect(resolve('--cell', 'gru', '--', '-a').folder).toBe('-a');
});

test('negative numbers and exponents are numbers', () => {
  const numbers = z.strictObject({ bias: z.number().default(0) });
  const bias = (text: string) =>
    resolveConfig({ app: 'toy', schema: numbers }, readCommandLine(['--bias', text], flagsOf(numbers))).config.bias;
  expect([bias('-1'), bias('1e-3'), bias('.5'), bias('+2')]).toEqual([-1, 0.001, 0.5, 2]);
});

test('text that looks like a number stays text', () => {
  const texts = z.strictObject({ prompt: z.string().default('') });
  expect(
    resolveConfig({ app: 'toy', schema: texts }, readCommandLine(['--prompt', '42'], flagsOf(texts))).config.prompt,
  ).toBe('42');
});

describe('one clear line for', () => {
  test.each([
    [['--hiden-size', '4'], '--hiden-size is not a flag of this command; did you mean --hidden-size?; see --help'],
    [['--xyzzy'], '--xyzzy is not a flag of this command; see --help'],
    [['-x'], '-x is not a flag of this command; see --help'],
    [['--hidden-size', '900'], '--hidden-size must be a whole number from 1 to 512, got 900'],
    [['--hidden-size', '1.5'], '--hidden-size must be a whole number from 1 to 512, got 1.5'],
    [['--hidden-size', 'many'], '--hidden-size must be a whole number from 1 to 512, got "many"'],
    [['--hidden-size='], '--hidden-size must be a whole number from 1 to 512, got ""'],
    [['--dropout', '1'], '--dropout must be a number from 0 to below 1, got 1'],
    [['--dropout', 'NaN'], '--dropout must be a number from 0 to below 1, got "NaN"'],
    [['--clip', '0'], '--clip must be a number above 0, got 0'],
    [['--minutes', '61'], '--minutes must be a number above 0 and at most 60, got 61'],
    [['--steps', '0'], '--steps must be a whole number of at least 1, got 0'],
    [['--layers', '2,x'], '--layers must be a comma-separated list, each a whole number of at least 1, got 2,x'],
    [['--cells', 'gru,foo'], '--cells must be a comma-separated list of rnn, gru, lstm, relu, got gru,foo'],
    [['--cell', 'lsm'], '--cell must be one of rnn, gru, lstm, got "lsm"; did you mean lstm?'],
    [['--cell', 'transformer'], '--cell must be one of rnn, gru, lstm, got "transformer"'],
    [
      ['--cells', 'gru,lsm'],
      '--cells must be a comma-separated list of rnn, gru, lstm, relu, got gru,lsm; did you mean lstm?',
    ],
    [['--tokens', 'words'], '--tokens must be bytes or letters, not words, got "words"'],
    [['--steps'], '--steps must be followed by a value: a whole number of at least 1'],
    [['--steps', '--tied'], '--steps must be followed by a value: a whole number of at least 1'],
    [['--resume'], '--resume must be followed by a value: --resume TEXT'],
    [['--steps', '1e999'], '--steps must be a whole number of at least 1, got "1e999"'],
    [
      ['--dropout', '0,5'],
      '--dropout must be a number from 0 to below 1, got "0,5"; write 0.5, with a decimal point',
    ],
    [['--tied=yes'], '--tied must stand alone, got a value: yes'],
    [['--no-cell'], '--no-cell is not a flag of this command; did you mean --cell?; see --help'],
    [['a', 'b'], 'unexpected argument b; this command takes DIR'],
    [['a', 'gru'], 'unexpected argument gru; this command takes DIR; did you mean --cell gru?'],
    [['--cell', 'gru', '--cell=a b'], "--cell must be given once, got gru and 'a b'; leave out all but one"],
    [['--steps', '5', '--steps', '5'], '--steps must be given once, got 5 and 5; leave out all but one'],
    [['--tied', '--no-tied'], '--tied and --no-tied must not be given together; leave out one of them'],
    [['--no-tied', '--tied'], '--tied and --no-tied must not be given together; leave out one of them'],
    [['--steps', '5', '--minutes', '1'], '--steps and --minutes must not be given together; leave out one of them'],
    [['--preset', 'smal'], '--preset must be one of large, small, got smal; did you mean small?'],
    [
      ['--preset', 'small', '--resume', 'a'],
      '--preset and --resume must not be given together; leave out --preset: a resumed run keeps its settings',
    ],
  ])('%j', (argv, message) => {
    expect(() => resolve(...argv)).toThrow(expect.objectContaining({ name: 'ConfigError', message }));
  });

  test('a preset with an unknown key', () => {
    preset('small', { about: 'Quick.', hidenSize: 4 });
    expect(() => resolve()).toThrow('presets/small.json: hidenSize is not a setting; did you mean hiddenSize?');
  });

  test('a preset or a run with a key of an earlier name', () => {
    preset('small', { about: 'Quick.', hidden: 4 });
    expect(() => resolve()).toThrow('presets/small.json: hidden is now called hiddenSize');
    const run = join(home, 'old');
    mkdirSync(run);
    writeRunRecord(
      run,
      newRunRecord({ app: 'toy', command: 'toy', data: undefined, config: { hidden: 4 }, steps: 7 }),
    );
    expect(() => resolve('--resume', run)).toThrow(`${join(run, 'run.json')}: hidden is now called hiddenSize`);
  });

  test('a preset with a value out of range', () => {
    preset('small', { about: 'Quick.', hiddenSize: 0 });
    expect(() => resolve()).toThrow('presets/small.json: hiddenSize must be a whole number from 1 to 512, got 0');
  });

  test('a flag repairs what a preset has wrong', () => {
    preset('small', { about: 'Quick.', hiddenSize: 0 });
    expect(resolve('--hidden-size', '4').hiddenSize).toBe(4);
  });

  test('a preset that says nothing about itself', () => {
    preset('small', { hiddenSize: 4 });
    expect(() => resolve()).toThrow('presets/small.json: must be a JSON object with a sentence "about" itself');
  });

  test('a folder to resume that is not a run', () => {
    expect(() => resolve('--resume', home)).toThrow(`${home}: is not the folder of a toy run (no run.json)`);
  });

  test('a required flag', () => {
    const required = z.strictObject({ target: z.string().min(1).meta({ description: 'file to translate' }) });
    expect(() => resolveConfig({ app: 'toy', schema: required }, {})).toThrow(
      expect.objectContaining({ message: '--target must be given: file to translate' }),
    );
  });

  test('a required flag of a few words', () => {
    const required = z.strictObject({ format: z.enum(['onnx', 'torch']) });
    expect(() => resolveConfig({ app: 'toy', schema: required }, {})).toThrow(
      expect.objectContaining({ message: '--format must be given, one of onnx, torch' }),
    );
  });

  test('keys that do not go together', () => {
    const together = z
      .strictObject({ a: z.int().default(1), b: z.int().default(2) })
      .refine(({ a, b }) => a < b, { message: '--a must be below --b' });
    expect(() => resolveConfig({ app: 'toy', schema: together }, { a: 3 })).toThrow(
      expect.objectContaining({ message: '--a must be below --b' }),
    );
  });

  test('a required argument', () => {
    const required = z.strictObject({
      folder: z.string().meta({ argument: 'DIR', description: 'the folder of a run' }),
    });
    expect(() => readCommandLine([], flagsOf(required))).toThrow('DIR must be given: the folder of a run');
  });
});

test('presets say what they are for, by their names', () => {
  preset('small-5', { about: 'Less.' });
  expect(listPresets(presets)).toEqual([
    { name: 'large', about: 'Good.', values: expect.objectContaining({ minutes: expect.any(Number) }) },
    { name: 'small', about: 'Quick.', values: expect.objectContaining({ steps: expect.any(Number) }) },
    { name: 'small-5', about: 'Less.', values: {} },
  ]);
});

const TIMES = fuzzRuns(60);

test(`a preset that is changed at random sets all that it says, or is one line that names it (seed ${SEED})`, {
  timeout: 30_000 + TIMES * 100,
}, () => {
  const whole = JSON.stringify({
    about: 'Good.',
    hiddenSize: 64,
    dropout: 0.2,
    minutes: 5,
    cells: ['gru'],
    tied: false,
  });
  const wrong: string[] = [];
  for (let k = 0; k < TIMES; k++) {
    const text = mutatedJson(whole, Rng.seeded(SEED).split(k));
    if (text.includes('"__proto__":')) continue; // nobody's key
    writeFileSync(join(home, 'presets', 'large.json'), text);
    const complain = (what: string): unknown => wrong.push(`seed ${SEED}, ${k}: ${what}: ${text.slice(0, 300)}`);
    try {
      const config = resolve('--preset', 'large');
      const { about: _, ...values } = JSON.parse(text) as Record<string, unknown>;
      const set = { ...config, ...values };
      if (JSON.stringify(set) !== JSON.stringify(config)) complain(`set ${JSON.stringify(config)}`);
    } catch (error) {
      const { name, message } = error as Error;
      if (name !== 'ConfigError' || !/presets\/large\.json: .{1,500}$/s.test(message))
        complain(`${name}: ${message}`);
    }
  }
  expect(wrong).toEqual([]);
});

test('what nobody set is known, unless a preset that somebody named decides it', () => {
  const unset = (given: object) => [...resolveConfig({ app: 'toy', schema, presets }, { ...given }).unset];
  expect(unset({ preset: 'small', cell: 'gru' })).toEqual([]);
  const plain = z.object({ cell: z.string().default('lstm'), hiddenSize: z.int().default(8) });
  const { unset: left } = resolveConfig({ app: 'toy', schema: plain }, { hiddenSize: 8 });
  expect([...left]).toEqual(['cell']);
  const open = unset({ cell: 'gru' }); // beside the default preset, which decides nothing
  expect(open).toContain('hiddenSize');
  expect(open).not.toContain('cell');
});
