import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCheckpoint, readMetrics, withFlags, writeCheckpoint } from '@unroll/run';
import { TestFolder } from '@unroll/run/testing';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { call, SENTENCE, succeed, TINY, TRANSLATION, toyPairs, trainToy, tsv } from './toy.fixture.ts';

vi.setConfig({ testTimeout: 300_000 }); // a second's work each, and a busy machine fails none

const folder = new TestFolder();
const { data, trained, result } = await trainToy(folder);
afterAll(() => folder[Symbol.dispose]());

/** For trainings that end before the model has learnt to end a sentence. */
const SEARCH = '--beam-size 1 --max-length 9'.split(' ');
const SHORT = withFlags(TINY, ...SEARCH);

describe('train', () => {
  test('the loss falls far below that of guessing, and unseen sentences are translated', async () => {
    const losses = readMetrics(join(trained, 'metrics.jsonl')).flatMap(({ loss }) =>
      typeof loss === 'number' ? [loss] : [],
    );
    expect(losses).toHaveLength(300);
    expect(losses[0]).toBeGreaterThan(5);
    expect(losses.at(-1)).toBeLessThan(1.2); // the minimum with label smoothing over 320 subwords is about 1
    expect((await succeed('translate', trained, SENTENCE, '--backend', 'reference')).out).toBe(`${TRANSLATION}\n`);
  });

  test('prints the results as one JSON object', () => {
    expect(result).toMatchObject({
      steps: 300,
      backend: 'wasm',
      run: trained,
      stoppedEarly: false,
      data: 'valid',
    });
    expect(result['bleu']).toMatchObject({ signature: 'nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0' });
    expect((result['bleu'] as { score: number }).score).toBeGreaterThan(50);
    for (const key of ['seconds', 'tokensPerSecond', 'greedyBleu', 'bestLoss', 'sentences'])
      expect(result[key]).toBeGreaterThan(0);
  });

  test('--minutes chooses the settings that nobody set, says so, and keeps the others', async () => {
    const run = async (name: string, ...flags: string[]) => {
      const out = join(folder.path, name);
      const given = ['--data', data, '--minutes', '0.02', '--out', out, ...withFlags(flags, ...SEARCH)];
      const { err } = await succeed('train', ...given);
      const { config } = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8')) as { config: object };
      return { config, err, said: /^--minutes 0\.02 chooses .*/m.exec(err)?.[0] };
    };
    const free = await run('free', '--decoder-hidden-size', '24');
    expect(free.config).toMatchObject({ decoderHiddenSize: 24, hiddenSize: 24, gradClip: 0.5, jointVocab: false });
    expect(free.said).toMatch(
      /--vocab-size \d+(?: --ensemble-size \d)? --hidden-size 24(?: --no-tie-weights)? --dropout [\d.]+ --batch-tokens \d+ --lr [\d.]+: this/,
    );
    expect(free.err).toMatch(/^1\d\d training pairs are few: .* from about 2,000, /m);
    const dot = await run('dot', '--attention', 'dot', '--decoder-hidden-size', '256');
    expect(dot.config).toMatchObject({ decoderHiddenSize: 256, hiddenSize: 128 });
    expect((await run('preset', '--preset', 'messages', ...TINY)).said).toBeUndefined();
  });

  test('--minutes uses as many pairs as it has time to read, and says so', async () => {
    const many = folder.file('many.tsv', tsv(toyPairs(6000).map(([a, b], k) => [`${a} ${k}`, `${b} ${k}`])));
    const out = join(folder.path, 'many');
    const { err } = await succeed('train', '--data', many, '--minutes', '0.02', '--out', out, ...SEARCH);
    expect(err).toMatch(/ chooses --max-pairs 5000 .*, and the 5,000 pairs used have/);
    const { config } = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8')) as { config: object };
    expect(config).toMatchObject({ maxPairs: 5000 });
    expect(err).not.toContain('pairs are few');
  });

  test('--minutes is converted to a number of steps, which run.json records', async () => {
    const out = join(folder.path, 'minutes');
    const called = await succeed('train', '--data', data, ...SHORT, '--minutes', '0.005', '--out', out, '--json');
    const { steps } = JSON.parse(called.out) as { steps: number };
    const record = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8')) as Record<string, unknown>;
    expect(record['steps']).toBe(steps);
    expect(record['config']).not.toHaveProperty('minutes');
  });

  test('every decoder, attention, cell and kind of vocabulary trains and translates', async () => {
    for (const [k, flags] of [
      '--decoder input-feeding --attention additive --cell lstm --joint-vocab --gradient-accumulation-steps 2',
      '--decoder input-feeding --attention dot --decoder-hidden-size 32 --cell gru --bpe-dropout 0.1',
      '--attention none --cell rnn --no-tie-weights --num-layers 2',
      '--attention additive --cell lstm --dropout 0.1 --no-variational-dropout --coverage-penalty 0.2 --no-repeat-ngram-size 3',
    ].entries()) {
      const out = join(folder.path, `variety-${k}`);
      await succeed(
        'train',
        '--data',
        data,
        ...withFlags(TINY, ...flags.split(' '), '--max-length', '9'),
        '--steps',
        '4',
        '--out',
        out,
      );
      const { out: text } = await succeed('translate', out, SENTENCE, '--max-length', '9', '--backend', 'reference');
      expect(text).toMatch(/^[^\n]*\n$/);
    }
  });

  test('accumulated batches give the step of one large batch', async () => {
    const losses = async (name: string, batchTokens: string, ...flags: string[]) => {
      const run = join(folder.path, name);
      const tiny = withFlags(TINY, '--lr', '0.5', '--batch-tokens', batchTokens);
      const fixed = '--optimizer sgd --grad-clip 0 --lr-schedule constant --warmup-ratio 0 --steps 2'.split(' ');
      const two = folder.file('two.tsv', tsv(toyPairs(2)));
      await succeed('train', '--data', two, '--valid', two, ...tiny, ...fixed, ...flags, '--out', run);
      return readMetrics(join(run, 'metrics.jsonl')).flatMap(({ loss }) => (typeof loss === 'number' ? [loss] : []));
    };
    const [one, parts] = [
      await losses('one', '1000'),
      await losses('parts', '1', '--gradient-accumulation-steps', '2'),
    ];
    for (const [k, loss] of one.entries()) expect(parts[k]).toBeCloseTo(loss, 5);
  });

  test('reads pairs from two files of lines, and the validation pairs too', async () => {
    const [pairs, held] = [toyPairs(60), toyPairs(10, 8)];
    const side = (name: string, of: readonly (readonly [string, string])[], k: 0 | 1) =>
      folder.file(name, of.map((pair) => `${pair[k]}\n`).join(''));
    const files = ['--source', side('a.en', pairs, 0), '--target', side('a.fr', pairs, 1)];
    const heldOut = ['--valid-source', side('v.en', held, 0), '--valid-target', side('v.fr', held, 1)];
    const { out } = await succeed(
      'train',
      ...files,
      ...heldOut,
      ...TINY,
      '--steps',
      '2',
      '--out',
      join(folder.path, 'files'),
      '--json',
    );
    expect(JSON.parse(out)).toMatchObject({ data: 'valid', sentences: new Set(held.map(([source]) => source)).size });
  });
});

describe('resume', () => {
  test('with dot attention keeps its sizes, and says which', async () => {
    const out = join(folder.path, 'resumed-dot');
    const flags = withFlags(TINY, '--attention', 'dot', '--decoder-hidden-size', '32', '--steps', '1');
    await succeed('train', '--data', data, ...flags, '--out', out);
    const { code, err } = await call('train', '--resume', out, '--steps', '2', '--hidden-size', '20');
    expect([code, err]).toEqual([2, `translate: --hidden-size must be 16, as in ${out}, to resume it, got 20\n`]);
  });

  test('gives the same bits as a run without a stop', async () => {
    const [whole, half] = [join(folder.path, 'whole'), join(folder.path, 'half')];
    const flags = [
      ...withFlags(SHORT, '--dropout', '0.2'),
      ...'--bpe-dropout 0.1 --gradient-accumulation-steps 2 --validate-every 5 --lr-schedule constant --warmup-ratio 0'.split(
        ' ',
      ),
    ];
    await succeed('train', '--data', data, ...flags, '--steps', '20', '--out', whole);
    await succeed('train', '--data', data, ...flags, '--steps', '10', '--out', half);
    await succeed('train', '--resume', half, '--steps', '20');
    const weights = (run: string) => readFileSync(join(run, 'model.safetensors'));
    expect(weights(half).equals(weights(whole))).toBe(true);
  });

  test('refuses a position that is not in its epoch: of a damaged checkpoint, and of smaller batches', async () => {
    const out = join(folder.path, 'no-such-batch');
    await succeed('train', '--data', data, ...SHORT, '--steps', '2', '--out', out);
    const refused = async (...flags: string[]): Promise<void> => {
      const { code, err } = await call('train', '--resume', out, '--steps', '4', ...flags);
      expect([code, err.trimEnd().split('\n').at(-1)]).toEqual([
        1,
        expect.stringMatching(
          /no-such-batch: checkpoint of step 2: TokenBatches: position must be in \[0, \d+\], .*; resume with the settings and data of the run$/,
        ),
      ]);
    };
    await refused('--batch-tokens', '1000000');
    const file = join(out, 'trainer.safetensors');
    const checkpoint = readCheckpoint(file, { app: 'translate' });
    expect(checkpoint.state['task']).toEqual({ epoch: 0, position: 2 });
    writeCheckpoint(file, { ...checkpoint, state: { ...checkpoint.state, task: { epoch: 0, position: 1e9 } } });
    await refused();
  });
});

describe('evaluate', () => {
  test('gives the metrics of the end of training', async () => {
    const { out } = await succeed('evaluate', trained, '--beam-size', '3', '--backend', 'reference', '--json');
    const evaluated = JSON.parse(out) as Record<string, unknown>;
    for (const key of ['bleu', 'chrf2', 'exactMatch', 'sentences', 'greedyBleu'])
      expect(evaluated[key]).toEqual(result[key]);
  });

  test('refuses the held-out text of a file that has changed since', async () => {
    const kept = readFileSync(data, 'utf8');
    writeFileSync(data, `${kept}One more.\tEncore un.\n`);
    const changed = await call('evaluate', trained, '--backend', 'reference', '--json');
    writeFileSync(data, kept);
    const message = `${data} has changed since ${trained} was trained, so its held-out part may contain training text; restore it, or evaluate on another text with evaluate --data FILE`;
    expect(changed.code).toBe(1);
    expect(JSON.parse(changed.out)).toStrictEqual({ error: { name: 'DataError', message } });
    expect(changed.err).toContain(`translate: ${message}\n`);
  });

  test('several translations of a sentence in --data are references of one sentence', async () => {
    const own = folder.file(
      'own.tsv',
      tsv([
        [SENTENCE, 'Autre chose.'],
        [SENTENCE, TRANSLATION],
      ]),
    );
    const hypotheses = join(folder.path, 'hypotheses.txt');
    const { out } = await succeed(
      'evaluate',
      trained,
      '--data',
      own,
      '--out',
      hypotheses,
      '--backend',
      'reference',
      '--json',
    );
    expect(JSON.parse(out)).toMatchObject({ sentences: 1, bleu: { score: 100.00000000000004 }, exactMatch: 1 });
    expect(readFileSync(hypotheses, 'utf8')).toBe(`${TRANSLATION}\n`);
  });

  test('says why BLEU is 0', async () => {
    const own = folder.file('apart.tsv', tsv([[SENTENCE, 'Xyz']]));
    const { out } = await succeed('evaluate', trained, '--data', own, '--backend', 'reference');
    expect(out).toMatch(/\nBLEU is 0: no word of the translations is in their references\n$/);
  });

  test('the tokenizer of BLEU is that of the references’ language, or the one asked for', async () => {
    const chinese = folder.file('chinese.tsv', tsv([[SENTENCE, '红马跟着一只猫。']]));
    const evaluate = async (...flags: string[]) =>
      (await succeed('evaluate', trained, '--data', chinese, '--backend', 'reference', ...flags)).out;
    const out = await evaluate();
    expect(out).toContain('tok:zh');
    expect(out).toMatch(/exact match % ↑ +0\.00 +0\.00\n/);
    expect(await evaluate('--tokenize', 'char')).toContain('tok:char');
  });
});

test('score: a correct translation is more probable than nonsense', async () => {
  const file = folder.file(
    'scored.tsv',
    tsv([
      [SENTENCE, TRANSLATION],
      [SENTENCE, 'Chat un suit rouge cheval le.'],
    ]),
  );
  const { out } = await succeed('score', trained, '--data', file, '--backend', 'reference', '--json');
  const { lines } = JSON.parse(out) as { lines: { natsPerToken: number }[] };
  expect(lines[0]!.natsPerToken).toBeLessThan(lines[1]!.natsPerToken / 3);
});

test('tokens: their concatenation is the text', async () => {
  const { out } = await succeed('tokens', trained, SENTENCE, '--json');
  const { sentences } = JSON.parse(out) as { sentences: { tokens: string[]; ids: number[] }[] };
  expect(sentences[0]!.tokens.join('').trim()).toBe(SENTENCE);
  expect(sentences[0]!.ids).toHaveLength(sentences[0]!.tokens.length);
});

test('compare: a table with a row per kind of attention', async () => {
  const flags = [
    '--attentions',
    'general,none',
    '--steps',
    '2',
    '--max-length',
    '5',
    '--out',
    join(folder.path, 'compared'),
  ];
  const { out } = await succeed('compare', '--data', data, ...TINY, ...flags);
  expect(out).toMatch(/\ngeneral +[\d.]+ /);
  expect(out).toMatch(/\nnone +[\d.]+ /);
});

test('start: trains, evaluates, shows example translations, attention weights and what to do next', async () => {
  const run = join(folder.path, 'start');
  const { out } = await succeed('start', '--data', data, ...TINY, '--steps', '20', '--out', run);
  expect(out).toMatch(/BLEU ↑ +[\d.]+ +[\d.]+ +nrefs:1\|case:mixed/);
  expect(out.match(/\n {2}source /g)).toHaveLength(3);
  expect(out).toMatch(/[░▒▓█]{2}/);
  expect(out).toContain(`npm run -s translate -- translate ${run} `);
});
