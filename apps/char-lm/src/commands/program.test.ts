import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readMetrics } from '@unroll/run';
import { TestFolder } from '@unroll/run/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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
  (await succeed('sample', trained, '--backend', 'reference', '--length', '80', ...flags)).out;

describe('train', () => {
  test('learns: the loss falls far below that of guessing', () => {
    const records = readMetrics(join(trained, 'metrics.jsonl'));
    const losses = records.flatMap(({ loss }) => (typeof loss === 'number' ? [loss] : []));
    expect(losses).toHaveLength(600);
    expect(losses[0]).toBeCloseTo(Math.log(24), 6); // 23 characters and the unknown
    expect(losses.at(-1)).toBeLessThan(0.7);
    expect(records.filter(({ validLoss }) => validLoss !== undefined).map(({ step }) => step)).toStrictEqual([
      200, 400, 600,
    ]);
  });

  test('prints one JSON object with what was promised', () => {
    expect(result).toMatchObject({ steps: 600, backend: 'reference', run: trained, stoppedEarly: false });
    expect(result['characters']).toBe(
      readFileSync(text, 'utf8').length - Math.floor(readFileSync(text, 'utf8').length * 0.9),
    );
    const nats = Number(result['nats']);
    expect(result['bitsPerCharacter']).toBeCloseTo(nats / Math.LN2, 12);
    expect(result['perplexity']).toBeCloseTo(Math.exp(nats), 12);
    for (const key of ['seconds', 'charactersPerSecond']) expect(result[key], key).toBeGreaterThan(0);
  });

  test('minutes become a number of steps, which is written down', async () => {
    const out = join(folder.path, 'minutes');
    const called = await succeed('train', '--data', text, ...TINY, '--minutes', '0.05', '--out', out, '--json');
    const { steps } = JSON.parse(called.out) as { steps: number };
    const { config } = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8')) as { config: Record<string, unknown> };
    expect(steps).toBeGreaterThanOrEqual(1);
    expect(config['steps']).toBe(steps);
    expect(config).not.toHaveProperty('minutes');
  });

  test('epochs are passes over the training text', async () => {
    const out = join(folder.path, 'epochs');
    const { out: json } = await succeed('train', '--data', text, ...TINY, '--epochs', '0.5', '--out', out, '--json');
    const streams = Math.floor((Math.floor(readFileSync(text, 'utf8').length * 0.9) - 1) / 4);
    expect(JSON.parse(json)).toMatchObject({ steps: Math.round((0.5 * streams) / 8) });
  });

  test('stops early when validation makes no progress', async () => {
    const out = join(folder.path, 'early');
    const flags = ['--lr', '1e-12', '--steps', '100', '--validate-every', '2', '--patience', '3', '--out', out];
    const { out: json } = await succeed('train', '--data', text, ...TINY, ...flags, '--json');
    expect(JSON.parse(json)).toMatchObject({ stoppedEarly: true });
    expect((JSON.parse(json) as { steps: number }).steps).toBeLessThan(100);
  });

  test('every cell, vocabulary and way of dropping trains and samples', { timeout: 120_000 }, async () => {
    for (const [k, flags] of [
      '--cell rnn --unit byte --optimizer sgd --lr-schedule step',
      '--cell gru --layers 2 --unit grapheme --layer-norm --optimizer rmsprop --lr-schedule plateau',
      '--tied --embedding 12 --dropout 0.2 --dropout-input 0.1 --drop-connect 0.2 --variational --optimizer adamw --lr-schedule constant',
      '--dropout 0.2 --grow 0.3,0.6 --grad-clip-value 0.1 --weight-decay 0.01',
    ].entries()) {
      const out = join(folder.path, `variety-${k}`);
      await succeed('train', '--data', text, ...TINY, ...flags.split(' '), '--steps', '9', '--out', out);
      const { out: sample } = await succeed('sample', out, '--length', '12', '--backend', 'reference');
      expect(sample.length).toBeGreaterThanOrEqual(12);
    }
  });

  test('stops at the first number that is none, named, with the last good checkpoint kept', async () => {
    const out = join(folder.path, 'diverged');
    const flags = '--lr 1e38 --optimizer sgd --grad-clip 0 --steps 50 --validate-every 1'.split(' ');
    const { code, err } = await call('train', '--data', text, ...TINY, ...flags, '--out', out);
    expect(code).toBe(1);
    expect(err.trim().split('\n').at(-1)).toMatch(
      /^char-lm: step \d+: .+ must be finite, got (NaN|-?Infinity).*; training stopped/,
    );
  });
});

describe('resume', () => {
  test('to more steps, in one sitting or in two: the same, to the bit', async () => {
    const whole = join(folder.path, 'whole');
    const half = join(folder.path, 'half');
    const flags = [
      ...TINY,
      ...'--dropout 0.2 --drop-connect 0.1 --validate-every 5 --lr-schedule constant --warmup-ratio 0'.split(' '),
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

  test('refuses another text', async () => {
    const other = folder.file('other.txt', toyText(200).replaceAll('t', 'T'));
    const { code, err } = await call('train', '--resume', trained, '--data', other, '--steps', '900');
    expect(code).toBe(1);
    expect(err).toContain('must be what this configuration and data come to');
  });
});

describe('evaluate', () => {
  test('gives the figure the run ended with, and the same in one command', async () => {
    const { out } = await succeed('evaluate', trained, '--backend', 'reference', '--json');
    const score = JSON.parse(out) as Record<string, unknown>;
    for (const key of ['nats', 'bitsPerCharacter', 'perplexity', 'characters'])
      expect(score[key], key).toBe(result[key]);
  });

  test('of the last checkpoint, and of a text of one’s own', async () => {
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

describe('sample', () => {
  test('the same seed gives the same text, another another', async () => {
    expect(await sample('--seed', '5')).toBe(await sample('--seed', '5'));
    expect(await sample('--seed', '5')).not.toBe(await sample('--seed', '6'));
  });

  test('writes like its text, from the prompt on', async () => {
    expect(await sample('--prompt', 'The cat ', '--temperature', '0')).toMatch(/^The cat (sees|hears|likes) the /);
  });

  test('as many as asked for, all different', async () => {
    const { samples } = JSON.parse(await sample('--count', '3', '--json')) as { samples: { text: string }[] };
    expect(new Set(samples.map(({ text }) => text)).size).toBe(3);
    for (const { text } of samples) expect(text).toHaveLength(80);
  });

  test('ends before the stop string', async () => {
    const out = await sample('--prompt', 'The ', '--temperature', '0.3', '--stop', '.\n');
    expect(out).toMatch(/^The [a-z ]+\n$/);
  });

  test('a repetition penalty makes repetitions rarer', async () => {
    expect(variety(await sample('--temperature', '0.3', '--repetition-penalty', '3'))).toBeGreaterThan(
      variety(await sample('--temperature', '0.3')),
    );
  });

  test('in eight bits it writes too, and says at what loss, or that it cannot know', async () => {
    const args = ['sample', trained, '--backend', 'reference', '--length', '40', '--weights', 'int8'];
    const { err, out } = await succeed(...args, '--json');
    const { bitsPerCharacter: bits, samples } = JSON.parse(out) as {
      bitsPerCharacter: { int8: number; float32: number; characters: number };
      samples: { text: string }[];
    };
    expect(samples[0]?.text).toHaveLength(40);
    expect(err).toContain(
      `8 bits: ${bits.int8.toFixed(4)} bits per character on the first ${bits.characters} held out`,
    );
    expect(err).toContain(`${bits.float32.toFixed(4)} in float32`);
    expect(bits.int8).not.toBe(bits.float32);
    expect(Math.abs(bits.int8 - bits.float32)).toBeLessThan(0.02);

    renameSync(text, `${text}.away`);
    const { err: unknown } = await succeed(...args);
    renameSync(`${text}.away`, text);
    expect(unknown).toMatch(/8 bits, at a loss that is not known here: .*toy\.txt/);
  });

  test('shows what else was likely', async () => {
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
  test('is more surprised by what its text never held', async () => {
    const path = folder.file('odd.txt', 'The cat sees the old tree.\nThe cat sees eht dlo tree.\n');
    const { out } = await succeed('score', trained, path, '--backend', 'reference', '--json');
    const { surprises, bitsPerCharacter } = JSON.parse(out) as {
      surprises: [string, number][];
      bitsPerCharacter: number;
    };
    expect(surprises.map(([character]) => character).join('')).toBe(readFileSync(path, 'utf8'));
    const bits = (from: number, to: number) => surprises.slice(from, to).reduce((sum, [, bits]) => sum + bits, 0);
    expect(bits(40, 47)).toBeGreaterThan(3 * bits(13, 20));
    expect(bits(0, surprises.length) / surprises.length).toBeCloseTo(bitsPerCharacter, 10);
  });

  test('a byte model scores characters, not bytes', async () => {
    const bytes = join(folder.path, 'bytes');
    await succeed('train', '--data', text, ...TINY, '--unit', 'byte', '--steps', '2', '--out', bytes);
    const { out } = await succeed('score', bytes, folder.file('u.txt', 'é😀'), '--backend', 'reference', '--json');
    const { surprises, characters, tokens } = JSON.parse(out) as {
      surprises: [string, number][];
      characters: number;
      tokens: number;
    };
    expect(surprises.map(([character]) => character)).toStrictEqual(['é', '😀']);
    expect([characters, tokens]).toStrictEqual([2, 6]);
  });
});

describe('start', () => {
  test('trains, tells the figure, shows three samples and the way on', async () => {
    const run = join(folder.path, 'start');
    const { out } = await succeed('start', '--data', text, ...TINY, '--steps', '20', '--out', run);
    expect(out).toMatch(/bits per character/);
    for (const temperature of [0.5, 0.8, 1.1]) expect(out).toContain(`── temperature ${temperature} ──`);
    expect(out).toContain(`npm run -s char-lm -- sample ${run} --prompt`);
    expect(out).toContain(`npm run -s char-lm -- train --resume ${run} --steps 40`);
  });
});

/** The one line in which a call that must fail says why. */
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

const train = (...flags: string[]) => line('train', '--data', text, ...TINY, '--steps', '5', ...flags);

const variety = (text: string): number => new Set(text).size;

describe('what a person can do wrong is answered in one line', () => {
  test('flags', async () => {
    expect(await train('--hiden', '3')).toBe(
      'char-lm: --hiden is not a flag of this command; did you mean --hidden?; --help lists them',
    );
    expect(await train('--dropout', '1')).toBe('char-lm: --dropout must be a number from 0 to below 1, got 1');
    expect(await train('--cell', 'lst')).toBe('char-lm: --cell must be one of rnn, gru, lstm, got "lst"');
    expect(await train('--tied')).toBe('char-lm: --embedding must equal --hidden 12 with --tied, got 8');
    expect(await train('--epochs', '1')).toBe('char-lm: --steps and --epochs must not be given together');
    expect(await train('--preset', 'moby-dck')).toMatch(
      /^char-lm: --preset must be one of moby-dick-small, .+, got moby-dck; did you mean moby-dick\?$/,
    );
    expect(await train('--out', trained)).toMatch(
      /^char-lm: --out must be a new or empty folder, got DIR\/trained, which holds a run; go on with it by --resume, or choose another --out$/,
    );
  });

  test('texts', async () => {
    const data = (name: string, content: string | Uint8Array) => train('--data', folder.file(name, content));
    expect(await train('--data', join(folder.path, 'none.txt'))).toBe(
      'char-lm: DIR/none.txt: must be read, but there is no such file or folder (ENOENT)',
    );
    expect(await data('empty.txt', '')).toBe('char-lm: DIR/empty.txt: must hold text, got an empty file');
    expect(await data('binary.txt', Uint8Array.of(65, 0, 66))).toBe(
      'char-lm: DIR/binary.txt: must be text, got a binary file (a zero at byte 1, line 1)',
    );
    expect(await data('latin.txt', Uint8Array.of(65, 10, 0xe9, 66))).toBe(
      'char-lm: DIR/latin.txt: must be UTF-8, got 0xE9 at byte 2, line 2',
    );
    expect(await data('short.txt', 'abababababababababababab')).toBe(
      'char-lm: DIR/short.txt: must hold at least --batch × --window + 1 = 33 characters to learn from, got 21; take a longer text, or a smaller --batch or --window',
    );
    expect(await train('--valid', folder.file('valid.txt', 'The çat sees 3 cats.'))).toBe(
      'char-lm: held-out text of toy: must hold only characters of the training text, got "ç" 1×, "3" 1×; a model trained with --unit byte knows every text',
    );
  });

  test('models', async () => {
    expect(await line('evaluate', folder.path)).toMatch(
      /^char-lm: DIR: must be a folder that char-lm train has made, got one without config.json$/,
    );
    expect(await line('sample', trained, '--prompt', 'Ω')).toBe(
      'char-lm: --prompt: must hold only characters of the training text, got "Ω" 1×; a model trained with --unit byte knows every text',
    );
    const damaged = async (change: (bytes: Buffer) => Uint8Array): Promise<string> => {
      const path = join(trained, 'model.safetensors');
      const good = readFileSync(path);
      writeFileSync(path, change(Buffer.from(good)));
      try {
        return await line('sample', trained, '--length', '5');
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
