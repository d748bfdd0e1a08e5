import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readMetrics, withFlags } from '@unroll/run';
import { TestFolder } from '@unroll/run/testing';
import { afterAll, describe, expect, test } from 'vitest';
import { call, succeed, TINY, toyText, trainToy } from './toy.fixture.ts';

const folder = new TestFolder();
const { text, trained, result } = await trainToy(folder);
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
