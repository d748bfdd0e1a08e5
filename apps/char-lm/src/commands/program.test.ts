import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readStateDict } from '@unroll/interop';
import { EvaluatedOnnx } from '@unroll/interop/testing';
import { readMetrics, withFlags } from '@unroll/run';
import { TestFolder } from '@unroll/run/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CharLm } from '../char-lm.ts';
import { call, succeed, TINY, toyText } from './toy.fixture.ts';

let folder: TestFolder;
let text: string;
let trained: string;
let result: Record<string, unknown>;

beforeAll(async () => {
  folder = new TestFolder();
  text = folder.file('toy.txt', toyText(200));
  trained = join(folder.path, 'trained');
  const { out } = await succeed(
    'train',
    '--data',
    text,
    ...TINY,
    '--steps',
    '600',
    '--validate-every',
    '200',
    '--out',
    trained,
    '--json',
  );
  result = JSON.parse(out) as Record<string, unknown>;
}, 60_000);
afterAll(() => folder[Symbol.dispose]());

const losses = (path: string) => readMetrics(join(path, 'metrics.jsonl')).map(({ step, loss }) => [step, loss]);

const sample = async (...flags: string[]) =>
  (await succeed(...withFlags(['sample', trained, '--backend', 'reference', '--max-length', '80'], ...flags))).out;

describe('train', () => {
  test('learns: the loss falls far below that of a uniform distribution', () => {
    const records = readMetrics(join(trained, 'metrics.jsonl'));
    const losses = records.flatMap(({ loss }) => (typeof loss === 'number' ? [loss] : []));
    expect(losses).toHaveLength(600);
    expect(losses[0]).toBeCloseTo(Math.log(24), 6); // 23 characters and the unknown
    expect(losses.at(-1)).toBeLessThan(0.7);
    expect(records.filter(({ validLoss }) => validLoss !== undefined).map(({ step }) => step)).toStrictEqual([
      200, 400, 600,
    ]);
  });

  test('prints one JSON object', () => {
    expect(result).toMatchObject({ steps: 600, backend: 'reference', run: trained, stoppedEarly: false });
    expect(result['characters']).toBe(
      readFileSync(text, 'utf8').length - Math.floor(readFileSync(text, 'utf8').length * 0.9),
    );
    const nats = Number(result['nats']);
    expect(result['bitsPerCharacter']).toBeCloseTo(nats / Math.LN2, 12);
    expect(result['perplexity']).toBeCloseTo(Math.exp(nats), 12);
    for (const key of ['seconds', 'charactersPerSecond']) expect(result[key], key).toBeGreaterThan(0);
  });

  test('units are named: bytes are not called characters', async () => {
    const accents = folder.file('accents.txt', 'é à la carte, où ça\n'.repeat(200));
    const out = join(folder.path, 'with bytes');
    const called = await succeed('train', '--data', accents, ...TINY, '--unit', 'byte', '--steps', '2', '--out', out);
    expect(called.err).toMatch(/ bytes of accents/);
    expect(called.err).toMatch(/loss [\d.]+ bits\/byte .* bits\/character .* bytes\/s/);
    expect(called.out).toMatch(
      /text +characters +bytes +nats per byte ↓ +bits per character ↓ +perplexity per byte ↓\n/,
    );
    expect(called.out.trimEnd()).toMatch(`The run is in ${out}. Sample from it with:\n`);
    expect(called.out.trimEnd()).toMatch(`sample '${out}'`);
  });

  test('--minutes becomes a number of steps, which is saved', async () => {
    const out = join(folder.path, 'minutes');
    const called = await succeed('train', '--data', text, ...TINY, '--minutes', '0.005', '--out', out, '--json');
    const { steps } = JSON.parse(called.out) as { steps: number };
    const record = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8')) as Record<string, unknown>;
    expect(steps).toBeGreaterThanOrEqual(1);
    expect(record['steps']).toBe(steps);
    expect(record['config']).not.toHaveProperty('minutes');
  });

  test('--minutes chooses the settings that nobody set, says so, and keeps the others', async () => {
    const run = async (name: string, ...flags: string[]) => {
      const out = join(folder.path, name);
      const { err } = await succeed('train', '--data', text, '--minutes', '0.02', '--out', out, ...flags);
      const { config } = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8')) as { config: object };
      return { config, said: /^--minutes 0\.02 chooses .*/m.exec(err)?.[0] };
    };
    const free = await run('free');
    expect(free.config).toMatchObject({
      cell: 'gru',
      block: false,
      numLayers: 1,
      tieWeights: true,
      gradClip: 0.25,
      weightDropout: 0,
    });
    expect(free.said).toMatch(
      /--cell gru --hidden-size \d+(?: --ensemble-size \d+)? --batch-size \d+ --dropout [\d.]+ --optimizer \w+(?: --weight-decay [\d.]+)? --lr [\d.]+: this machine reads about/,
    );
    const flags = '--cell lstm --hidden-size 24 --dropout 0 --batch-size 3 --ensemble-size 2'.split(' ');
    const fixed = await run('fixed', ...flags);
    expect(fixed.config).toMatchObject({ cell: 'lstm', hiddenSize: 24, embeddingSize: 24, dropout: 0, batchSize: 3 });
    expect(fixed.said).toContain('--hidden-size 24 --ensemble-size 2 --batch-size 3');
    const blocks = await run('blocks', '--cell', 'mingru', '--block');
    expect(blocks.config).toMatchObject({ cell: 'mingru', block: true, numLayers: 3 });
    expect(blocks.said).toMatch(/--cell mingru --num-layers 3 --hidden-size \d+/);
    expect((await run('preset', '--preset', 'moby-dick-small', '--hidden-size', '16')).said).toBeUndefined();
  });

  test('--minutes reads no more of a long text than the beginning that it needs', async () => {
    const out = join(folder.path, 'long');
    const long = Buffer.concat([Buffer.from(toyText(5_000).repeat(80)), Buffer.from([0xff])]); // whose end is no text
    expect(long.length).toBeGreaterThan(2 ** 23);
    const flags = [
      '--valid',
      text,
      '--minutes',
      '0.02',
      '--hidden-size',
      '32',
      '--backend',
      'reference',
      '--out',
      out,
    ];
    const { err } = await succeed('train', '--data', folder.file('long.txt', long), ...flags);
    expect(err).toContain('the first 1,048,576 of the text are read\n');
    const { config } = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8')) as { config: object };
    expect(config).toMatchObject({ maxCharacters: 2 ** 20 });
  });

  test('--epochs counts passes over the training text', async () => {
    const out = join(folder.path, 'epochs');
    const { out: json } = await succeed('train', '--data', text, ...TINY, '--epochs', '0.5', '--out', out, '--json');
    const streams = Math.floor((Math.floor(readFileSync(text, 'utf8').length * 0.9) - 1) / 4);
    expect(JSON.parse(json)).toMatchObject({ steps: Math.round((0.5 * streams) / 8) });
  });

  test('stops early when the validation loss does not improve', async () => {
    const out = join(folder.path, 'early');
    const flags = ['--lr', '1e-12', '--steps', '100', '--validate-every', '2', '--patience', '3', '--out', out];
    const { out: json } = await succeed('train', '--data', text, ...withFlags(TINY, ...flags), '--json');
    expect(JSON.parse(json)).toMatchObject({ stoppedEarly: true });
    expect((JSON.parse(json) as { steps: number }).steps).toBeLessThan(100);
  });

  test('every cell, vocabulary and dropout trains and samples', { timeout: 120_000 }, async () => {
    for (const [k, flags] of [
      '--cell rnn --unit byte --optimizer sgd --lr-schedule step',
      '--cell gru --num-layers 2 --unit grapheme --layer-norm --optimizer rmsprop --lr-schedule plateau',
      '--tie-weights --embedding-size 12 --dropout 0.2 --embedding-dropout 0.1 --weight-dropout 0.2 --variational-dropout --optimizer adamw --lr-schedule constant',
      '--dropout 0.2 --bptt-growth 0.3,0.6 --grad-clip-value 0.1 --weight-decay 0.01',
    ].entries()) {
      const out = join(folder.path, `variety-${k}`);
      await succeed('train', '--data', text, ...withFlags(TINY, ...flags.split(' ')), '--steps', '9', '--out', out);
      const { out: sample } = await succeed('sample', out, '--max-length', '12', '--backend', 'reference');
      expect(sample.length).toBeGreaterThanOrEqual(12);
    }
  });

  test('stops at the first NaN or Infinity, names it, and keeps the last good checkpoint', async () => {
    const out = join(folder.path, 'diverged');
    const flags = '--lr 1e38 --optimizer sgd --grad-clip 0 --steps 50 --validate-every 50'.split(' ');
    const { code, err } = await call('train', '--data', text, ...withFlags(TINY, ...flags), '--out', out);
    expect(code).toBe(1);
    expect(err.trim().split('\n').at(-1)).toMatch(
      /^char-lm: step \d+: .+ must be finite, got (NaN|-?Infinity).*; training stopped/,
    );
  });
});

describe('resume', () => {
  test.each([
    ['an LSTM', '--weight-dropout 0.1'],
    ['blocks of sLSTM', '--cell slstm --block --embedding-size 12'],
    ['an ensemble of two', '--ensemble-size 2'],
  ])('%s to more steps, in one process or in two: the same bits', async (name, kind) => {
    const whole = join(folder.path, `whole ${name}`);
    const half = join(folder.path, `half ${name}`);
    const flags = [
      ...withFlags(TINY, ...kind.split(' ')),
      ...`--dropout 0.2 --validate-every 5 --lr-schedule constant --warmup-ratio 0`.split(' '),
    ];
    // Both begin with 20 steps: the first plan decides where in the text a run begins.
    for (const out of [whole, half]) await succeed('train', '--data', text, ...flags, '--steps', '20', '--out', out);
    await succeed('train', '--resume', half, '--steps', '30');
    for (const out of [whole, half]) await succeed('train', '--resume', out, '--steps', '40');
    expect(readFileSync(join(half, 'model.safetensors')).equals(readFileSync(join(whole, 'model.safetensors')))).toBe(
      true,
    );
    expect(losses(half)).toStrictEqual(losses(whole));
  });

  test('of tied weights keeps its sizes, and says which', async () => {
    const out = join(folder.path, 'tied');
    const tied = withFlags(TINY, '--hidden-size', '8', '--tie-weights');
    await succeed('train', '--data', text, ...tied, '--steps', '2', '--out', out);
    for (const flag of ['--hidden-size', '--embedding-size']) {
      const { code, err } = await call('train', '--resume', out, '--steps', '4', flag, '16');
      expect([code, err]).toEqual([2, `char-lm: ${flag} must be 8, as in ${out}, to resume it, got 16\n`]);
    }
  });

  test('refuses another text', async () => {
    const other = folder.file('other.txt', toyText(200).replaceAll('t', 'T'));
    const { code, err } = await call('train', '--resume', trained, '--data', other, '--steps', '9000');
    expect(code).toBe(1);
    expect(err).toContain('the training data has another vocabulary than');
  });
});

describe('evaluate', () => {
  test('gives the score that the run ended with', async () => {
    const { out } = await succeed('evaluate', trained, '--backend', 'reference', '--json');
    const score = JSON.parse(out) as Record<string, unknown>;
    for (const key of ['nats', 'bitsPerCharacter', 'perplexity', 'characters'])
      expect(score[key], key).toBe(result[key]);
  });

  test('scores with weights that adapt to the text, apart from the static score', async () => {
    const { out } = await succeed('evaluate', trained, '--dynamic', '--backend', 'reference', '--json');
    const { dynamic, ...score } = JSON.parse(out) as {
      dynamic: Record<string, number>;
      nats: number;
      characters: number;
    };
    expect(score.nats).toBe(result['nats']);
    expect(dynamic['characters']).toBe(score.characters);
    expect(dynamic['nats']).not.toBe(score.nats);
    expect(dynamic['nats']).toBeLessThan(score.nats + 0.01);
    expect(dynamic['learningRate']).toBeGreaterThan(0);
  });

  test('refuses the held-out text of a file that has changed since', async () => {
    const kept = readFileSync(text, 'utf8');
    writeFileSync(text, `${kept}One more line.\n`);
    const changed = await call('evaluate', trained, '--backend', 'reference', '--json');
    writeFileSync(text, kept);
    const message = `${text} has changed since ${trained} was trained, so its held-out part may contain training text; restore it, or evaluate on another text with evaluate --data FILE`;
    expect(changed.code).toBe(1);
    expect(JSON.parse(changed.out)).toStrictEqual({ error: { name: 'DataError', message } });
    expect(changed.err).toContain(`char-lm: ${message}\n`);
  });

  test('scores the last checkpoint, and another text', async () => {
    const other = folder.file('held.txt', toyText(3, 11));
    const { out } = await succeed(
      'evaluate',
      trained,
      '--checkpoint',
      'last',
      '--data',
      other,
      '--backend',
      'reference',
    );
    expect(out).toMatch(/held out\s+\d+\s+0\.\d{4}/);
  });
});

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

describe('sample', () => {
  test('the same seed gives the same text, another seed another text', async () => {
    expect(await sample('--seed', '5')).toBe(await sample('--seed', '5'));
    expect(await sample('--seed', '5')).not.toBe(await sample('--seed', '6'));
  });

  test('continues the prompt in the style of its text', async () => {
    expect(await sample('--prompt', 'The cat ', '--temperature', '0')).toMatch(/^The cat (sees|hears|likes) the /);
  });

  test('--count texts are all different', async () => {
    const { samples } = JSON.parse(await sample('--count', '3', '--json')) as { samples: { text: string }[] };
    expect(new Set(samples.map(({ text }) => text)).size).toBe(3);
    for (const { text } of samples) expect(text).toHaveLength(80);
  });

  test('understands escapes in the prompt and the stop string when asked to', async () => {
    const flags = ['--temperature', '0.3'];
    const plain = await sample('--prompt', 'The ', '--stop', '.\n', ...flags);
    expect(await sample('--prompt', String.raw`\u0054he `, '--stop', String.raw`.\n`, '--escapes', ...flags)).toBe(
      plain,
    );
    const { code, err } = await call('sample', trained, '--prompt', String.raw`\x`, '--escapes');
    expect([code, err.trim()]).toEqual([
      2,
      String.raw`char-lm: --prompt must have only the escapes \n, \r, \t, \\, \uXXXX and \u{XXXXX} with --escapes, got \x`,
    ]);
  });

  test('ends before the stop string', async () => {
    const out = await sample('--prompt', 'The ', '--temperature', '0.3', '--stop', '.\n');
    expect(out).toMatch(/^The [a-z ]+\n$/);
  });

  test('a repetition penalty makes repetitions less frequent', async () => {
    expect(variety(await sample('--temperature', '0.3', '--repetition-penalty', '3'))).toBeGreaterThan(
      variety(await sample('--temperature', '0.3')),
    );
  });

  test('int8 weights generate too, and their loss is reported, or why it is unknown', async () => {
    const args = ['sample', trained, '--backend', 'reference', '--max-length', '40', '--weight-format', 'int8'];
    const { err, out } = await succeed(...args, '--json');
    const { bitsPerCharacter: bits, samples } = JSON.parse(out) as {
      bitsPerCharacter: { int8: number; float32: number; characters: number };
      samples: { text: string }[];
    };
    expect(samples[0]?.text).toHaveLength(40);
    expect(err).toContain(
      `int8 weights: ${bits.int8.toFixed(4)} bits per character on the first ${bits.characters} held-out characters`,
    );
    expect(err).toContain(`float32: ${bits.float32.toFixed(4)}`);
    expect(bits.int8).not.toBe(bits.float32);
    expect(Math.abs(bits.int8 - bits.float32)).toBeLessThan(0.02);

    renameSync(text, `${text}.away`);
    const { err: unknown } = await succeed(...args);
    renameSync(`${text}.away`, text);
    expect(unknown).toMatch(/int8 weights: their loss on held-out text is unknown; .*toy\.txt/);
  });

  test('prints the most probable candidates', async () => {
    const { samples } = JSON.parse(await sample('--probabilities', '3', '--top-k', '3', '--json')) as {
      samples: { probabilities: { character: string; candidates: [string, number][] }[] }[];
    };
    const steps = samples[0]!.probabilities;
    expect(steps).toHaveLength(80);
    for (const { character, candidates } of steps) {
      expect(candidates.map(([name]) => name)).toContain(character);
      expect(candidates.reduce((sum, [, p]) => sum + p, 0)).toBeCloseTo(1, 6);
    }
  });
});

describe('score', () => {
  test('needs more bits for sequences that its training text did not hold', async () => {
    const path = folder.file('odd.txt', 'The cat sees the old tree.\nThe cat sees eht dlo tree.\n');
    const { out } = await succeed('score', trained, path, '--backend', 'reference', '--json');
    const { perCharacter, bitsPerCharacter } = JSON.parse(out) as {
      perCharacter: [string, number][];
      bitsPerCharacter: number;
    };
    expect(perCharacter.map(([character]) => character).join('')).toBe(readFileSync(path, 'utf8'));
    const bits = (from: number, to: number) => perCharacter.slice(from, to).reduce((sum, [, bits]) => sum + bits, 0);
    expect(bits(40, 47)).toBeGreaterThan(3 * bits(13, 20));
    expect(bits(0, perCharacter.length) / perCharacter.length).toBeCloseTo(bitsPerCharacter, 10);
  });

  test('a byte model scores characters, not bytes', async () => {
    const bytes = join(folder.path, 'bytes');
    await succeed('train', '--data', text, ...TINY, '--unit', 'byte', '--steps', '2', '--out', bytes);
    const { out } = await succeed('score', bytes, folder.file('u.txt', 'é😀'), '--backend', 'reference', '--json');
    const { perCharacter, characters, tokens } = JSON.parse(out) as {
      perCharacter: [string, number][];
      characters: number;
      tokens: number;
    };
    expect(perCharacter.map(([character]) => character)).toStrictEqual(['é', '😀']);
    expect([characters, tokens]).toStrictEqual([2, 6]);
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

describe('characters that training never saw', () => {
  const json = async (...argv: string[]) =>
    JSON.parse((await succeed(...withFlags(argv, '--backend', 'reference', '--json'))).out) as Record<
      string,
      unknown
    >;

  test.each(['codepoint', 'grapheme'])('are trained around, evaluated and counted with --unit %s', async (unit) => {
    const out = join(folder.path, `unseen-${unit}`);
    const valid = folder.file('unseen.txt', 'The çat sees 3 cats.');
    const flags = [
      '--data',
      text,
      '--valid',
      valid,
      '--unit',
      unit,
      ...TINY,
      '--steps',
      '4',
      '--validate-every',
      '2',
    ];
    const trained = await json('train', ...flags, '--out', out);
    expect(trained).toMatchObject({ characters: 20, fallbackRate: 2 / 20 });
    expect(await json('evaluate', out)).toMatchObject({
      bitsPerCharacter: trained['bitsPerCharacter'],
      fallbackRate: 2 / 20,
    });
  });

  test('cost the bits of their id and of their bytes', async () => {
    const path = folder.file('omega.txt', 'The cΩt.');
    const { perCharacter, bitsPerCharacter, characters, fallbackRate } = (await json('score', trained, path)) as {
      perCharacter: [string, number][];
      bitsPerCharacter: number;
      characters: number;
      fallbackRate: number;
    };
    expect(perCharacter.map(([character]) => character).join('')).toBe('The cΩt.');
    expect(perCharacter[5]?.[1]).toBeGreaterThan(16);
    expect(perCharacter.reduce((sum, [, bits]) => sum + bits, 0) / 8).toBeCloseTo(bitsPerCharacter, 10);
    expect([characters, fallbackRate]).toStrictEqual([8, 1 / 8]);
    const { err } = await succeed('score', trained, path, '--backend', 'reference');
    expect(err).toContain('13 % of the characters are not in the training text; they are spelled in bytes');
  });

  test('may be in a prompt and are never generated', async () => {
    const flags = ['--temperature', '100', '--max-length', '300']; // almost uniform: any id but that of unseen characters
    expect(await sample('--prompt', 'Ω says: The ', ...flags)).toMatch(/^Ω says: The [^\uFFFD]+$/);
  });
});

describe('start', () => {
  test('trains, prints the score, three samples and what to try next', async () => {
    const run = join(folder.path, 'start');
    const { out } = await succeed('start', '--data', text, ...TINY, '--steps', '20', '--out', run);
    expect(out).toMatch(/bits per character/);
    for (const temperature of [0.5, 0.8, 1.1]) expect(out).toContain(`── temperature ${temperature} ──`);
    expect(out).toContain(`npm run -s char-lm -- sample ${run} --prompt`);
    expect(out).toContain(`npm run -s char-lm -- train --resume ${run} --steps 40`);
  });

  test('takes the plan of another run in the place of its minutes', async () => {
    const run = join(folder.path, 'planned');
    const { out } = await succeed('start', '--data', text, ...TINY, '--plan', '4,2:3', '--out', run, '--json');
    expect(JSON.parse(out)).toMatchObject({ steps: 3 });
  });
});

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

const variety = (text: string): number => new Set(text).size;

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
