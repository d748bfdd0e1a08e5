import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readStateDict } from '@unroll/interop';
import { readCheckpoint, readMetrics, withFlags, writeCheckpoint } from '@unroll/run';
import { TestFolder } from '@unroll/run/testing';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { call, callMetrics, succeed, TINY, toyPairs, tsv } from './toy.fixture.ts';

vi.setConfig({ testTimeout: 300_000 }); // a second's work each, and a busy machine fails none

let folder: TestFolder;
let data: string;
let trained: string;
let result: Record<string, unknown>;

beforeAll(async () => {
  folder = new TestFolder();
  data = folder.file('toy.tsv', tsv(toyPairs(200)));
  trained = join(folder.path, 'trained');
  const flags = ['--data', data, ...TINY, '--steps', '300', '--validate-every', '150', '--out', trained, '--json'];
  result = JSON.parse((await succeed('train', ...flags)).out) as Record<string, unknown>;
}, 300_000);
afterAll(() => folder[Symbol.dispose]());

/** For trainings that end before the model has learnt to end a sentence. */
const SEARCH = '--beam-size 1 --max-length 9'.split(' ');
const SHORT = withFlags(TINY, ...SEARCH);

const [SENTENCE, TRANSLATION] = ['The red horse follows a cat.', 'Le cheval rouge suit un chat.'];

test('export writes the model for an ONNX runtime, and says how to run it', async () => {
  const out = join(folder.path, 'onnx');
  const called = await succeed('export', trained, '--format', 'onnx', '--out', out);
  expect(called.out).toContain("npm install onnxruntime-node @unroll/translate && node example.mjs 'A dog runs.'");
  const names = ['README.md', 'decoder.onnx', 'encoder.onnx', 'example.mjs', 'tokenizer.json'];
  expect(readdirSync(out).toSorted()).toEqual(names);
});

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

describe('export', () => {
  test('stored in 8 bits, a model translates nearly as well, and is opened as any other', async () => {
    const out = join(folder.path, 'int8');
    const args = ['export', trained, '--format', 'safetensors', '--dtype', 'int8', '--out', out, '--json'];
    const { bytes, greedyBleu } = JSON.parse((await succeed(...args)).out) as Record<string, Record<string, number>>;
    expect(bytes!['after']).toBeLessThan(0.5 * bytes!['before']!);
    expect(Math.abs(greedyBleu!['after']! - greedyBleu!['before']!)).toBeLessThan(5);
    const translated = await succeed('translate', out, SENTENCE, '--backend', 'reference');
    expect(translated.out.trim()).toBe(TRANSLATION);
  });

  test('torch gets a state dict', async () => {
    const out = join(folder.path, 'torch');
    await succeed('export', trained, '--format', 'torch', '--out', out);
    const saved = readStateDict(readFileSync(join(out, 'model.safetensors')));
    expect([...saved.keys()]).toContain('encoder.layer0.weight_ih_l0_reverse');
  });
});

describe('metrics', () => {
  const metrics = async (...argv: string[]) => {
    const { code, out, err } = await callMetrics(...argv);
    expect([code, err]).toEqual([0, '']);
    return out;
  };
  const file = (text: string) => folder.file('text.txt', text);

  test.each([
    ['Chinese', '这本书很有意思，你看过吗？', 'zh'],
    ['Chinese with Latin names', 'OpenAI 和 Google 发布了新的模型。', 'zh'],
    ['Japanese', '彼は東京へ行った。', 'char'],
    ['Korean', '그는 서울에 갔다.', 'char'],
    ['Thai', 'เขาไปกรุงเทพ', 'char'],
    ['French', 'Il est allé à Paris (東京).', '13a'],
  ])('BLEU of %s', async (_language, text, tokenizer) => {
    const same = file(`${text}\n`);
    expect(await metrics('bleu', same, same)).toMatch(`tok:${tokenizer}|`);
  });

  test('files are scored while they are read: what comes before a fault is scored', async () => {
    const [lines, fault] = [Buffer.from('word\n'.repeat(30_000)), Buffer.of(0xff)];
    const [all, cut] = [folder.file('all.txt', lines), folder.file('cut.txt', Buffer.concat([lines, fault]))];
    const { code, out, err } = await callMetrics('exact', all, cut, '--sentence-level');
    expect([code, err]).toEqual([1, expect.stringContaining('must be UTF-8, got 0xFF at byte 150,000, line 30,001')]);
    expect(out).toMatch(/^1\t100\.0000\n/);
  });

  test('a BLEU of 0 says why', async () => {
    const [short, long] = [
      folder.file('short.txt', 'red cat\n'),
      folder.file('long.txt', 'the red cat sleeps now\n'),
    ];
    const { code, out, err } = await callMetrics('bleu', short, short);
    expect([code, out]).toEqual([0, expect.stringMatching(/^BLEU ↑ 0\.00 /)]);
    expect(err).toBe(
      'BLEU is 0: it needs n-grams of 1 to 4 words, and no translation has 3 words; use chrF, or sentence-level BLEU\n',
    );
    expect((await callMetrics('bleu', long, short)).err).toBe('');
    expect((await callMetrics('compare', long, short, long)).err).toMatch(/^\S+short\.txt: BLEU is 0: it needs/);
    expect((await callMetrics('bleu', long, long, '--sentence-level')).err).toBe('');
  });

  test('exact match', async () => {
    const [translations, references] = [folder.file('a.txt', 'a\nB\nc\n'), folder.file('b.txt', 'a\nb\nd\n')];
    expect(await metrics('exact', translations, references)).toBe('exact match % ↑ 33.33   nrefs:1|case:mixed\n');
    expect(await metrics('exact', translations, references, '--lowercase', '--sentence-level')).toBe(
      '1\t100.0000\n2\t100.0000\n3\t0.0000\nexact match % ↑ 66.67   nrefs:1|case:lc\n',
    );
    expect((await callMetrics('compare', translations, references, references)).out).toMatch(
      /exact match % ↑ +33\.33/,
    );
  });
});

describe('translate', () => {
  const translate = async (...flags: string[]) =>
    (await succeed('translate', trained, '--backend', 'reference', ...flags)).out;

  test('translates a file line by line; an empty line stays empty', async () => {
    const file = folder.file('input.txt', `${SENTENCE}\n\n${SENTENCE}\n`);
    expect(await translate('--data', file)).toBe(`${TRANSLATION}\n\n${TRANSLATION}\n`);
  });

  test('translates a file while it is read: what comes before a fault is translated', async () => {
    const text = Buffer.from(`${SENTENCE}\n${'\n'.repeat(70_000)}`);
    const file = folder.file('broken.txt', Buffer.concat([text, Buffer.of(0xff)]));
    for (const command of ['translate', 'tokens']) {
      const { code, out, err } = await call(command, trained, '--data', file);
      expect([code, err]).toEqual([1, expect.stringMatching(/: must be UTF-8, got 0xFF at byte .*, line 70,002\n$/)]);
      expect(out).toMatch(/^\S.+\n\s{50000}/);
    }
  });

  test('a sentence that is too long is an error with its line; what comes before it is translated', async () => {
    const file = folder.file('long.txt', `${SENTENCE}\n\n${'w '.repeat(3000)}\n${SENTENCE}\n`);
    for (const flags of [[], ['--sample', '1']]) {
      const { code, out, err } = await call('translate', trained, '--data', file, '--backend', 'reference', ...flags);
      expect([code, out]).toEqual([1, expect.stringMatching(/^.+\n\n$/)]);
      expect(err).toMatch(
        /^translate: .*long\.txt: line 3: must be at most 2000 tokens, got \d{4}; split it into shorter sentences$/m,
      );
    }
    const pairs = folder.file(
      'long.tsv',
      tsv([
        [SENTENCE, TRANSLATION],
        ['w '.repeat(3000), TRANSLATION],
      ]),
    );
    const scored = await call('score', trained, '--data', pairs, '--backend', 'reference');
    expect([scored.code, scored.out]).toEqual([1, expect.stringMatching(/^1\t-[\d.]+ nats\t.*\n$/)]);
    expect(scored.err).toMatch(/long\.tsv: line 2: source: must be at most 2000 tokens/);
    const evaluated = await call('evaluate', trained, '--data', pairs, '--backend', 'reference');
    expect([evaluated.code, evaluated.out]).toEqual([1, '']);
    expect(evaluated.err).toMatch(/long\.tsv: line 2: must be at most 2000 tokens/);
  });

  test('prints the n best with their scores, best first', async () => {
    const lines = (await translate(SENTENCE, '--n-best', '3'))
      .trim()
      .split('\n')
      .map((line) => line.split('\t'));
    expect(lines.map(([sentence]) => sentence)).toEqual(['1', '1', '1']);
    const scores = lines.map(([, score]) => Number(score));
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    expect(lines[0]![2]).toBe(TRANSLATION);
  });

  test('attention weights: on the terminal, as JSON, as a page', async () => {
    const [json, html] = [join(folder.path, 'maps.json'), join(folder.path, 'maps.html')];
    const out = await translate(SENTENCE, '--attention', '--attention-json', json, '--attention-html', html);
    expect(out).toMatch(/[░▒▓█]{2}/);
    const [map] = JSON.parse(readFileSync(json, 'utf8')) as [
      { source: string[]; target: string[]; weights: number[][] },
    ];
    expect(map.source.slice(0, -1).join('').trim()).toBe(SENTENCE);
    expect(map.target.slice(0, -1).join('').trim()).toBe(TRANSLATION);
    expect(map.weights.length).toBe(map.target.length);
    for (const row of map.weights) expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 2);
    expect(readFileSync(html, 'utf8').match(/<td /g)).toHaveLength(map.source.length * map.target.length);
  });

  test('sampled translations: the same with the same seed, others with another', async () => {
    const sampled = async (seed: string) =>
      translate(SENTENCE, '--sample', '5', '--temperature', '2', '--seed', seed);
    expect(await sampled('1')).toBe(await sampled('1'));
    expect(await sampled('1')).not.toBe(await sampled('2'));
    expect(await translate(SENTENCE, '--sample', '1', '--top-k', '1')).toBe(
      await translate(SENTENCE, '--beam-size', '1'),
    );
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
    expect(await line('translate', join(folder.path, 'variety-2'), 'x', '--coverage-penalty', '0.2')).toBe(
      'translate: --coverage-penalty must be 0 for a model without attention, got 0.2 for DIR/variety-2',
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
    const without = join(folder.path, 'variety-2');
    expect(await line('translate', without, 'x', '--attention')).toBe(
      'translate: --attention needs a model with attention; DIR/variety-2 was trained with --attention none',
    );
  });
});
