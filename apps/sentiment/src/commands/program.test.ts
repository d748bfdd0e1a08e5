import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readStateDict } from '@unroll/interop';
import { readMetrics, withFlags } from '@unroll/run';
import { TestFolder } from '@unroll/run/testing';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { networkLogits } from '../prediction/network-logits.ts';
import { encodeExamples } from '../training/training-data.ts';
import { openClassifier } from './open-classifier.ts';
import { call, csv, succeed, TINY, toyReviews } from './toy.fixture.ts';

let folder: TestFolder;
let data: string;
let trained: string;
let result: Record<string, unknown>;

beforeAll(async () => {
  folder = new TestFolder();
  data = folder.file('toy.csv', csv(toyReviews(300)));
  trained = join(folder.path, 'trained');
  const { out } = await succeed('train', '--data', data, ...TINY, '--epochs', '15', '--out', trained, '--json');
  result = JSON.parse(out) as Record<string, unknown>;
}, 60_000);
afterAll(() => folder[Symbol.dispose]());

/** The program as built, which Node starts three times as fast as the source. */
const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** Returns the standard output of a call in another process. */
function inProcess(...argv: string[]): string {
  const { stdout, stderr } = spawnSync(process.execPath, [CLI, ...argv], { encoding: 'utf8', maxBuffer: 2 ** 28 });
  expect(stderr).not.toContain('sentiment:');
  return stdout;
}

const json = async (...argv: string[]): Promise<Record<string, unknown>> =>
  JSON.parse((await succeed(...argv, '--json')).out) as Record<string, unknown>;

test('export writes the model for an ONNX runtime, and says how to run it', async () => {
  const out = join(folder.path, 'onnx');
  const called = await succeed('export', trained, '--format', 'onnx', '--out', out);
  expect(called.out).toContain(`npm install onnxruntime-node @unroll/sentiment && node example.mjs ${trained} `);
  expect(readdirSync(out).toSorted()).toEqual(['README.md', 'example.mjs', 'model.onnx', 'tokenizer.json']);
});

describe('train', () => {
  test('learns word order', () => {
    const losses = readMetrics(join(trained, 'metrics.jsonl')).flatMap(({ loss }) =>
      loss === undefined ? [] : [loss],
    );
    expect(losses[0]).toBeCloseTo(Math.LN2, 5);
    expect(losses.at(-1)).toBeLessThan(0.45); // smoothing's floor is 0.199
    expect(result['accuracy']).toBeGreaterThan(0.9);
  });

  test('a resumed run ends in the weights of one that never stopped', async () => {
    const [whole, parted] = [join(folder.path, 'whole'), join(folder.path, 'parted')];
    const flags = [
      '--data',
      data,
      ...withFlags(TINY, '--dropout', '0.3'),
      '--lr-schedule',
      'constant',
      '--validate-every',
      '8',
    ];
    await succeed('train', ...flags, '--steps', '24', '--out', whole);
    await succeed('train', ...flags, '--steps', '16', '--out', parted);
    await succeed('train', '--resume', parted, '--steps', '24');
    const weights = (run: string) => weightsOf(join(run, 'trainer.safetensors'));
    expect(weights(parted)).toStrictEqual(weights(whole));
  });

  test('resumed with too few minutes for a step, trains one step', async () => {
    const out = join(folder.path, 'longer');
    await succeed('train', '--data', data, ...TINY, '--steps', '40', '--out', out);
    const { steps } = await json('train', '--resume', out, '--minutes', '0.0001');
    expect(steps).toBe(41);
  });

  test('--minutes chooses the settings that nobody set, says so, and keeps the others', async () => {
    const run = async (name: string, ...flags: string[]) => {
      const out = join(folder.path, name);
      const { err } = await succeed('train', '--data', data, '--minutes', '0.02', '--out', out, ...flags);
      const { config } = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8')) as { config: object };
      return { config, said: /^--minutes 0\.02 chooses .*/m.exec(err)?.[0] };
    };
    const small = ['--char-ngram-buckets', '50', '--bag-l2', '7'];
    const free = await run('free', ...small);
    expect(free.config).toMatchObject({
      cell: 'gru',
      hiddenSize: 48,
      nbFeatures: false,
      charNgramBuckets: 50,
      bagL2: 7,
    });
    expect(free.said).toMatch(
      /--cell gru --hidden-size 48 --ensemble-size \d+ --lr 0.003 on words, character n-grams/,
    );
    const fixed = await run(
      'fixed',
      ...small,
      '--cell',
      'rnn',
      '--hidden-size',
      '4',
      '--ensemble-size',
      '2',
      '--no-mixed-ensemble',
      '--lr',
      '0.1',
    );
    expect(fixed.config).toMatchObject({ cell: 'rnn', hiddenSize: 4, ensembleSize: 2, lr: 0.1 });
    expect(fixed.said).toBeUndefined();
    expect((await run('preset', '--preset', 'sentences', ...TINY)).said).toBeUndefined();
  });

  test('learns five unbalanced classes, their names and order taken from the data', async () => {
    const levels = ['very negative', 'negative', 'neutral', 'positive', 'very positive'];
    const text = Array.from({ length: 400 }, (_, k) => {
      const level = k % 10 < 6 ? 4 : (k % 10) - 6;
      return `${'so '.repeat(k % 7)}${['dire', 'poor', 'fine', 'good', 'superb'][level] ?? ''} ${k}\t${levels[level] ?? ''}`;
    });
    const tsv = folder.file('five.tsv', `body\tstars\n${text.join('\n')}\n`);
    const out = join(folder.path, 'five');
    const columns = ['--text-column', 'body', '--label-column', 'stars'];
    await succeed(
      'train',
      '--data',
      tsv,
      ...columns,
      ...TINY,
      '--class-weight',
      'balanced',
      '--epochs',
      '5',
      '--out',
      out,
    );
    const evaluation = await json('evaluate', out, '--backend', 'reference');
    expect(evaluation['labels']).toStrictEqual(levels);
    expect(await json('evaluate', out, '--backend', 'reference', '--data', tsv)).toMatchObject({ examples: 400 });
    expect(evaluation['accuracy']).toBeGreaterThan(0.95);
    expect(Object.keys(evaluation['baselines'] as object)).toHaveLength(3);
  });
});

test('trains on many classes of which some have one text, and says what it kept for training', async () => {
  const rows = Array.from({ length: 300 }, (_, k) => [`item ${k}`, k < 30 ? `class${k}` : `common${k % 2}`]);
  const csv = folder.file('longtail.csv', `text,label\n${rows.map((row) => row.join()).join('\n')}\n`);
  const out = join(folder.path, 'longtail');
  const { err } = await succeed('train', '--data', csv, ...TINY, '--steps', '2', '--out', out);
  expect(err).toMatch(/Kept for training: one text of each class .* \(class\d+, /);
});

test('refuses a label that only the test file has before the first step', async () => {
  const tested = folder.file('neutral.csv', 'text,label\nso so,neutral\n');
  const out = join(folder.path, 'neutral');
  const { code, err } = await call('train', '--data', data, '--test', tested, ...TINY, '--steps', '2', '--out', out);
  expect([code, err]).toStrictEqual([
    1,
    `sentiment: ${tested}: line 2: label must be one of negative, positive, got neutral; the training texts must have texts of every class\n`,
  ]);
});

/** The tensors of a file without its header, which holds the seconds it took. */
function weightsOf(path: string): Buffer {
  const bytes = readFileSync(path);
  return bytes.subarray(8 + Number(bytes.readBigUInt64LE(0)));
}

describe('evaluate', () => {
  test('prints every metric, and the baselines on the same texts', async () => {
    const evaluation = await json('evaluate', trained, '--backend', 'reference');
    expect(evaluation).toMatchObject({ accuracy: result['accuracy'], labels: ['negative', 'positive'] });
    for (const key of [
      'examples',
      'macroF1',
      'microF1',
      'matthews',
      'rocAuc',
      'calibrationError',
      'perClass',
      'confusion',
    ])
      expect(evaluation, key).toHaveProperty(key);
    const baselines = evaluation['baselines'] as Record<string, { accuracy: number }>;
    expect(Object.keys(baselines)).toStrictEqual(['AFINN lexicon', 'naive Bayes', 'NB-weighted logistic regression']);
    for (const { accuracy } of Object.values(baselines)) expect(accuracy).toBeGreaterThanOrEqual(0);
  });

  test('says when the model does not beat the baselines', async () => {
    const out = join(folder.path, 'untrained');
    await succeed(
      'train',
      '--data',
      data,
      ...TINY.filter((flag) => flag !== '--no-bag-char-ngrams'),
      '--no-bag-of-words',
      '--no-lexicon',
      '--steps',
      '1',
      '--out',
      out,
    );
    const { out: text } = await succeed('evaluate', out, '--backend', 'reference');
    expect(text).toMatch(/^test, \d+ texts +accuracy % ↑/);
    expect(text).toMatch(/The model does NOT beat the NB-weighted logistic regression: it is \d/);
  });

  test('refuses the held-out text of a file that has changed since', async () => {
    const kept = readFileSync(data, 'utf8');
    writeFileSync(data, `${kept}"One more, lovely.",positive\n`);
    const changed = await call('evaluate', trained, '--backend', 'reference', '--json');
    writeFileSync(data, kept);
    const message = `${data} has changed since ${trained} was trained, so its held-out part may contain training text; restore it, or evaluate on another text with evaluate --data FILE`;
    expect(changed.code).toBe(1);
    expect(JSON.parse(changed.out)).toStrictEqual({ error: { name: 'DataError', message } });
    expect(changed.err).toContain(`sentiment: ${message}\n`);
  });

  test('a run.json whose settings do not fit the data of the run', async () => {
    const run = join(folder.path, 'misread');
    cpSync(trained, run, { recursive: true });
    const file = join(run, 'run.json');
    const record = JSON.parse(readFileSync(file, 'utf8')) as { config: object };
    writeFileSync(file, JSON.stringify({ ...record, config: { ...record.config, textColumn: 'txet' } }));
    const fault = `${data}: has no column txet`;
    const evaluated = await call('evaluate', run, '--backend', 'reference');
    expect(evaluated.code).toBe(1);
    expect(evaluated.err).toContain(`sentiment: ${file}: config must fit the data of the run, got: ${fault}`);
    expect(evaluated.err).toContain('; restore the file, or evaluate on another text with evaluate --data FILE\n');
    const resumed = await call('train', '--resume', run, '--steps', '1000');
    expect(resumed.code).toBe(1);
    expect(resumed.err).toContain(`sentiment: ${run} cannot be resumed: ${fault}`);
  });

  test('scores a file of your own', async () => {
    const own = folder.file('own.jsonl', '{"say":"This meal 3 is superb.","mood":"positive"}\n');
    const columns = ['--text-column', 'say', '--label-column', 'mood', '--no-baselines', '--backend', 'reference'];
    expect(await json('evaluate', trained, '--data', own, ...columns)).toMatchObject({ examples: 1, accuracy: 1 });
  });
});

describe('export', () => {
  test('stored in 8 bits, a model predicts nearly as well, and is opened as any other', async () => {
    const out = join(folder.path, 'int8');
    const flags = ['--format', 'safetensors', '--dtype', 'int8', '--out', out];
    const { bytes, accuracy } = (await json('export', trained, ...flags)) as Record<string, Record<string, number>>;
    expect(bytes!['after']).toBeLessThan(bytes!['before']!);
    expect(Math.abs(accuracy!['after']! - accuracy!['before']!)).toBeLessThan(0.05);
    const evaluated = await json('evaluate', out, '--split', 'valid', '--no-baselines', '--backend', 'reference');
    expect(evaluated['accuracy']).toBeCloseTo(accuracy!['after']!, 9);
  });

  test('torch gets a state dict', async () => {
    const out = join(folder.path, 'torch');
    await succeed('export', trained, '--format', 'torch', '--dtype', 'f16', '--out', out);
    const saved = readStateDict(readFileSync(join(out, 'model.safetensors')));
    expect([...saved.keys()]).toContain('members.0.words.weight');
  });
});

describe('predict', () => {
  const predict = (...argv: string[]) => call('predict', trained, '--backend', 'reference', ...argv);

  test('classifies arguments, empty and very long ones too', async () => {
    const long = 'superb '.repeat(100_000);
    const { predictions } = JSON.parse((await predict('This film 1 is superb!', '', long, '--json')).out) as {
      predictions: { label: string; probabilities: Record<string, number> }[];
    };
    expect(predictions.map(({ label }) => label)).toStrictEqual(['positive', expect.any(String), 'positive']);
    for (const { probabilities } of predictions)
      expect(Object.values(probabilities).reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
  });

  test('streams CSV and JSONL in order, with line numbers', async () => {
    const reviews = toyReviews(5000, 3);
    const table = await predict('--data', folder.file('many.csv', csv(reviews)));
    const lines = table.out.trimEnd().split('\n');
    expect(lines[0]).toBe('line,label,p(negative),p(positive),text,input_label');
    expect(lines).toHaveLength(5001);
    expect(lines.slice(1).map((line) => line.split(',').at(4))).toStrictEqual(reviews.map(({ text }) => text));
    expect(lines[5000]).toMatch(/^5001,/);

    const jsonl = await predict(
      '--data',
      folder.file('two.jsonl', '{"text":"a \\"quoted\\" one"}\n\n{"text":"b"}\n'),
    );
    const records = jsonl.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(records.map(({ line, text }) => [line, text])).toStrictEqual([
      [1, 'a "quoted" one'],
      [3, 'b'],
    ]);
  });

  test('keeps all columns, and writes the format that is asked for', async () => {
    const file = folder.file('sheet.csv', '\uFEFFNr.;text;label\r\n1;superb;"4,5"\r\n2;"not; good";3\r\n');
    const text = await predict('--data', file, '--bom');
    const [head, first, second] = text.out.split('\n');
    expect(head).toBe('\uFEFFline,label,p(negative),p(positive),Nr.,text,input_label');
    expect([first, second]).toStrictEqual([
      expect.stringMatching(/^2,\w+,[\d.]+,[\d.]+,1,superb,"4,5"$/),
      expect.stringMatching(/^3,\w+,[\d.]+,[\d.]+,2,not; good,3$/),
    ]);
    const [record] = (await predict('--data', file, '--format', 'jsonl')).out.split('\n');
    expect(JSON.parse(record ?? '')).toMatchObject({ line: 2, 'Nr.': '1', text: 'superb', input_label: '4,5' });
    const jsonl = folder.file('uneven.jsonl', '{"text":"superb","n":1}\n{"text":"awful"}\n');
    const table = await predict('--data', jsonl, '--format', 'tsv');
    expect(table.out.split('\n').map((line) => line.split('\t').slice(4))).toStrictEqual([
      ['text', 'n'],
      ['superb', '1'],
      ['awful', ''],
      [],
    ]);
    const more = folder.file('more.jsonl', '{"text":"superb"}\n{"text":"awful","n":1}\n');
    const { code, out, err } = await predict('--data', more, '--format', 'csv');
    expect([code, out.match(/^1,\w+,.*,superb$/m)?.length, err.split('\n').at(-2)]).toStrictEqual([
      1,
      1,
      `sentiment: ${more}: line 2: must have the keys of the first record, got n too; give --format jsonl`,
    ]);
  });

  test('answers every row of a file of one column', async () => {
    const { out } = await predict('--data', folder.file('one.csv', 'text\nsuperb\n\nawful\n""\n   \nlovely\n'));
    expect(out.match(/^\d+(?=,)/gm)).toStrictEqual(['2', '3', '4', '5', '6', '7']);
  });

  test('classifies the records before a damaged line', async () => {
    const file = folder.file('cut.jsonl', '{"text":"superb"}\n{"text":"awful"}\n{"text":\n');
    const { code, out, err } = await predict('--data', file);
    expect([code, out.trimEnd().split('\n')]).toMatchObject([1, [expect.any(String), expect.any(String)]]);
    expect(err).toMatch(/^sentiment: .*cut\.jsonl: line 3: must be a JSON object on one line, got /m);
  });

  test('classifies empty records too', async () => {
    const { out } = await predict('--data', folder.file('gaps.csv', 'id,text\n1,superb\n2,\n3,""\n'));
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => line.split(',')[0]),
    ).toStrictEqual(['line', '2', '3', '4']);
  });

  test('predicts the same bits in a new process', async () => {
    const texts = toyReviews(20, 11).map(({ text }) => text);
    const here = await predict(...texts, '--json');
    expect(inProcess('predict', trained, '--backend', 'reference', '--json', ...texts)).toBe(here.out);
  });

  test('classifies available lines while standard input is still open', async () => {
    const child = spawn(process.execPath, [CLI, 'predict', trained, '--backend', 'reference']);
    try {
      for (const text of ['This film 1 is superb!', 'This film 2 is dreadful.']) {
        child.stdin.write(`${text}\n`);
        const [answer] = (await once(child.stdout, 'data')) as [Buffer];
        expect(answer.toString()).toContain(text);
      }
      child.stdin.end();
      expect(await once(child, 'exit')).toStrictEqual([0, null]);
    } finally {
      child.kill();
    }
  });

  test('classifies thousands of lines on two cores as on one, in order, with the same bits every time', async () => {
    const texts = toyReviews(8_000, 5).map(({ text }, k) => (k % 1000 === 0 ? 'so '.repeat(k / 100) + text : text));
    const file = folder.file('thousands.jsonl', texts.map((text) => `${JSON.stringify({ text })}\n`).join(''));
    const onTwo = (): string => inProcess('predict', trained, '--data', file, '--threads', '2');
    const found = onTwo();
    expect(onTwo()).toBe(found);

    const parse = (out: string) =>
      out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { line: number; text: string; probabilities: { positive: number } });
    const two = parse(found);
    const one = parse((await predict('--data', file)).out);
    expect(two.map(({ text }) => text)).toStrictEqual(texts);
    expect(two.map(({ line }) => line)).toStrictEqual(one.map(({ line }) => line));
    const apart = two.map(({ probabilities }, k) =>
      Math.abs(probabilities.positive - (one[k]?.probabilities.positive ?? 2)),
    );
    expect(Math.max(...apart)).toBeLessThan(1e-5);
  }, 180_000);
});

describe('explain and tokens', () => {
  test('find the most influential word, by both methods', async () => {
    const { explanations } = (await json(
      'explain',
      trained,
      '--backend',
      'reference',
      'That room 12 is superb!',
    )) as {
      explanations: { label: string; tokens: { value: string; gradient: number; occlusion: number }[] }[];
    };
    const [{ label, tokens } = { label: '', tokens: [] }] = explanations;
    expect(label).toBe('positive');
    const strongest = (key: 'gradient' | 'occlusion') => tokens.toSorted((a, b) => b[key] - a[key])[0]?.value;
    expect(strongest('gradient')).toBe('superb');
    expect(strongest('occlusion')).toBe('superb');
  });

  test('explain the prediction of a text longer than --max-length', async () => {
    const out = join(folder.path, 'short');
    await succeed('train', '--data', data, ...TINY, '--max-length', '8', '--steps', '10', '--out', out);
    const text = `Our meal is superb and ${'so '.repeat(20)}it is awful.`;
    const { explanations } = (await json('explain', out, text)) as {
      explanations: { probabilities: { positive: number }; tokens: { value: string }[] }[];
    };
    const { predictions } = (await json('predict', out, text)) as {
      predictions: { probabilities: { positive: number } }[];
    };
    const [whole = 0, explained] = [predictions, explanations].map(([first]) => first?.probabilities.positive);
    expect(explained).toBeCloseTo(whole, 6);
    expect(explanations[0]?.tokens.map(({ value }) => value).join(' ')).toBe('Our meal so so it is awful .');
  });

  test('split emoji, hashtags, mentions and contractions', async () => {
    const { texts } = (await json('tokens', "@ann I can't 😀 #wow :-) $5", '--model', trained)) as {
      texts: { tokens: { value: string; tag: string; word: string; known: boolean }[] }[];
    };
    expect(texts[0]?.tokens.map(({ value, tag, word }) => [value, tag, word])).toStrictEqual([
      ['@ann', 'mention', '@'],
      ['I', 'word', 'i'],
      ['ca', 'word', 'ca'],
      ["n't", 'word', "n't"],
      ['😀', 'emoji', '😀'],
      ['#wow', 'hashtag', '#wow'],
      [':-)', 'emoticon', ':-)'],
      ['$', 'currency', '$'],
      ['5', 'number', '5'],
    ]);
  });
});

test('cross-validate refuses folds without a text before it trains one', async () => {
  const data = folder.file('sixty.csv', csv(toyReviews(60)));
  const { code, out, err } = await call('cross-validate', '--data', data, '--folds', '100', '--steps', '5', ...TINY);
  expect([code, out]).toEqual([1, '']);
  expect(err).toMatch(
    /sixty: must have texts for \w+, got none of \d+ texts; give more different texts, or fewer --folds than 100\n$/,
  );
  expect(err).not.toContain('Fold 1');
});

test('ablate and cross-validate print means and standard deviations', async () => {
  const small = ['--data', folder.file('small.csv', csv(toyReviews(120))), ...TINY, '--epochs', '2'];
  const { steps } = (await json('ablate', ...small, '--nb-features', '--seeds', '1,2')) as {
    steps: { name: string; n: number }[];
  };
  expect(steps.map(({ name }) => name)).toStrictEqual([
    'a recurrent network on words',
    '+ character n-grams',
    '+ AFINN lexicon',
    '+ naive Bayes features',
    '+ bag of words',
    'bag of words alone',
  ]);
  expect(steps.every(({ n }) => n === 2)).toBe(true);
  const { accuracy } = (await json('cross-validate', ...small, '--folds', '2')) as {
    accuracy: Record<string, { n: number }>;
  };
  expect(accuracy['this model']?.n).toBe(2);
});

describe('Ctrl-C', () => {
  /** Sends it once, when a training in this process listens. */
  function interruptTraining(): Disposable {
    const before = process.listenerCount('SIGINT');
    const timer = setInterval(() => {
      if (process.listenerCount('SIGINT') === before) return;
      clearInterval(timer);
      process.emit('SIGINT');
    }, 1);
    return { [Symbol.dispose]: () => clearInterval(timer) };
  }

  test.each(['cross-validate', 'ablate'])('ends %s with one line and without its runs', async (command) => {
    using temporary = new TestFolder();
    vi.stubEnv('TMPDIR', temporary.path);
    using _ = interruptTraining();
    const { code, err } = await call(command, '--data', data, ...TINY, '--epochs', '1000');
    vi.unstubAllEnvs();
    expect(code).toBe(130);
    expect(err).toMatch(/\nsentiment: stopped before the table; its runs are not kept\n$/);
    expect(readdirSync(temporary.path)).toStrictEqual([]);
  });

  test('is heard while texts are tokenized and predicted', async () => {
    using open = await openClassifier(
      { dir: trained, checkpoint: 'best', backend: 'reference' },
      { err: process.stderr },
    );
    const { classifier } = open;
    const examples = toyReviews(300).map((review) => ({ ...review, where: '' }));
    let seconds = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => 1000 * seconds++); // every text takes long
    let turns = 0;
    const turn = (): void => {
      turns++;
      next = setImmediate(turn);
    };
    let next = setImmediate(turn);
    const { texts } = await encodeExamples(classifier.tokenizer, classifier.labels, examples);
    const turnsOfEncoding = turns;
    await networkLogits(classifier.model, classifier.backend, texts);
    clearImmediate(next);
    clock.mockRestore();
    expect(turnsOfEncoding).toBeGreaterThan(1);
    expect(turns - turnsOfEncoding).toBeGreaterThan(1);
  });
});

describe('invalid input is one clear line', () => {
  /** Returns the one line that a failing call prints. */
  const errorOf = async (...argv: string[]): Promise<string> => {
    const { code, err, out } = await call(...argv);
    const lines = err
      .trimEnd()
      .split('\n')
      .filter((text) => !text.startsWith('Computing with'));
    expect([code === 0, out, lines.length]).toStrictEqual([false, '', 1]);
    return lines[0] ?? '';
  };
  const evaluate = (file: string, ...more: string[]) => [
    'evaluate',
    trained,
    '--data',
    file,
    '--no-baselines',
    ...more,
  ];
  const train = (file: string, ...more: string[]) => ['train', '--data', file, ...TINY, '--steps', '1', ...more];

  test.each([
    ['train', '--hidden 4', '--hidden is now --hidden-size'],
    ['ablate', '--num-seeds 2', '--num-seeds is now --seeds'],
    ['ablate', '--seed 2', '--seed is now --seeds'],
    ['train', '--no-bag-characters', '--no-bag-characters is now --no-bag-char-ngrams'],
    ['train', '--char-ngrams 5', '--char-ngrams is now --char-ngram-buckets'],
    ['train', '--convolution 4', '--convolution is now --conv-channels'],
    ['tokens text', '--no-fold-case', '--no-fold-case is now --cased'],
  ])('an earlier flag: %s %s', async (command, flags, error) => {
    expect(await errorOf(...command.split(' '), ...flags.split(' '))).toContain(error);
  });

  test.each([
    ['train', '--freeze-vectors', '--freeze-vectors has no effect without --vectors'],
    ['train', '--text-column body', '--text-column has no effect without --data'],
    ['train', '--valid some.csv', '--valid has no effect without --data'],
    ['train', '--no-bag-of-words --bag-l2 3', '--bag-l2 has no effect with --no-bag-of-words'],
    ['train', '--data some.csv --data-dir copies', '--data-dir has no effect without --dataset'],
    ['evaluate DIR', '--data some.csv --split valid', '--split has no effect with --data some.csv'],
    ['evaluate DIR', '--label-column mood', '--label-column has no effect without --data'],
    ['predict DIR text', '--text-column body', '--text-column has no effect'],
    ['tokens text', '--cased --model DIR', '--cased has no effect with --model DIR'],
  ])('a flag without effect: %s %s', async (command, flags, error) => {
    const { code, err } = await call(...command.split(' '), ...flags.split(' '));
    expect([code, err]).toStrictEqual([2, expect.stringContaining(error)]);
  });

  test('an unknown label', async () => {
    const file = folder.file('unknown.csv', 'text,label\nfine,positive\nwell,mixed\n');
    expect(await errorOf(...evaluate(file))).toBe(
      `sentiment: ${file}: line 3: label must be one of negative, positive, got mixed; the training texts must have texts of every class`,
    );
  });

  test('one class only', async () => {
    const file = folder.file('one.csv', csv(toyReviews(60).map(({ text }) => ({ text, label: 'good' }))));
    expect(await errorOf(...train(file))).toBe(
      `sentiment: ${file}: labels must be of at least two classes, got only good; add texts of another class`,
    );
  });

  test('broken quotes, with their line', async () => {
    const file = folder.file('quotes.csv', 'text,label\nfine,positive\n"never closed,negative\n');
    expect(await errorOf(...train(file))).toMatch(
      /^sentiment: .*quotes\.csv: line 3: quotes must be closed, got the end of the file$/,
    );
  });

  test('a missing column, with those there are', async () => {
    const file = folder.file('columns.csv', 'review,label\nfine,positive\n');
    expect(await errorOf(...train(file))).toMatch(
      /columns\.csv: has no column text; its header is: review, label; name the column with --text-column/,
    );
  });

  test('a file that is not there, before any output', async () => {
    expect(await errorOf('predict', trained, '--data', 'nowhere.csv', '--backend', 'reference')).toMatch(
      /^sentiment: cannot read nowhere\.csv: no such file or folder/,
    );
  });

  test('a data set of another task', async () => {
    expect(await errorOf('train', '--dataset', 'moby-dick')).toMatch(
      /^sentiment: --dataset must be one of .*, got moby-dick, which is for language modelling$/,
    );
  });

  test('invalid UTF-8', async () => {
    const file = folder.file('latin1.csv', Buffer.from('text,label\ncaf\xe9,positive\n', 'latin1'));
    expect(await errorOf(...train(file))).toMatch(/latin1\.csv: must be UTF-8, got 0xE9 at byte 14, line 2$/);
  });

  test('a damaged model', async () => {
    const out = join(folder.path, 'damaged');
    await succeed('train', '--data', data, ...TINY, '--steps', '1', '--out', out);
    writeFileSync(join(out, 'tokenizer.json'), '{}');
    expect(await errorOf('predict', out, 'a text')).toMatch(
      /tokenizer\.json: must be the file that the weights were trained with, got another content .*; put the original back$/,
    );
  });
});
