import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readMetrics } from '@unroll/run';
import { TestFolder } from '@unroll/run/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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

const CLI = ['--import', 'tsx', '-C', 'unroll-source', fileURLToPath(new URL('cli.ts', import.meta.url))];

/** What a call in a process of its own prints, as a person would see it. */
function elsewhere(...argv: string[]): string {
  const { stdout, stderr } = spawnSync(process.execPath, [...CLI, ...argv], { encoding: 'utf8', maxBuffer: 2 ** 28 });
  expect(stderr).not.toContain('sentiment:');
  return stdout;
}

const json = async (...argv: string[]): Promise<Record<string, unknown>> =>
  JSON.parse((await succeed(...argv, '--json')).out) as Record<string, unknown>;

describe('train', () => {
  test('learns what a bag of words without pairs could not', () => {
    const losses = readMetrics(join(trained, 'metrics.jsonl')).flatMap(({ loss }) =>
      loss === undefined ? [] : [loss],
    );
    expect(losses[0]).toBeCloseTo(Math.LN2, 5);
    expect(losses.at(-1)).toBeLessThan(0.45); // smoothing's floor is 0.199
    expect(result['accuracy']).toBeGreaterThan(0.9);
  });

  test('a resumed run ends in the weights of one that never stopped', async () => {
    const [whole, parted] = [join(folder.path, 'whole'), join(folder.path, 'parted')];
    const flags = ['--data', data, ...TINY, '--dropout', '0.3', '--lr-schedule', 'constant', '--validate-every', '8'];
    await succeed('train', ...flags, '--steps', '24', '--out', whole);
    await succeed('train', ...flags, '--steps', '16', '--out', parted);
    await succeed('train', '--resume', parted, '--steps', '24');
    const weights = (run: string) => weightsOf(join(run, 'trainer.safetensors'));
    expect(weights(parted)).toStrictEqual(weights(whole));
  });

  test('resumed for less than a step takes, it takes one more', async () => {
    const out = join(folder.path, 'longer');
    await succeed('train', '--data', data, ...TINY, '--steps', '40', '--out', out);
    const { steps } = await json('train', '--resume', out, '--minutes', '0.0001');
    expect(steps).toBe(41);
  });

  test('reads several classes, unequal ones, and names and order from the data', async () => {
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
      '--class-weights',
      'balanced',
      '--epochs',
      '5',
      '--out',
      out,
    );
    const figures = await json('evaluate', out, '--backend', 'reference');
    expect(figures['labels']).toStrictEqual(levels);
    expect(figures['accuracy']).toBeGreaterThan(0.95);
    expect(Object.keys(figures['baselines'] as object)).toHaveLength(3);
  });
});

/** The tensors of a file without its header, which holds the seconds it took. */
function weightsOf(path: string): Buffer {
  const bytes = readFileSync(path);
  return bytes.subarray(8 + Number(bytes.readBigUInt64LE(0)));
}

describe('evaluate', () => {
  test('gives every figure, and the baselines on the same texts', async () => {
    const figures = await json('evaluate', trained, '--backend', 'reference');
    expect(figures).toMatchObject({ accuracy: result['accuracy'], labels: ['negative', 'positive'] });
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
      expect(figures, key).toHaveProperty(key);
    const baselines = figures['baselines'] as Record<string, { accuracy: number }>;
    expect(Object.keys(baselines)).toStrictEqual(['AFINN lexicon', 'naive Bayes', 'NB-weighted logistic regression']);
    for (const { accuracy } of Object.values(baselines)) expect(accuracy).toBeGreaterThanOrEqual(0);
  });

  test('says so when the network does not beat them', async () => {
    const out = join(folder.path, 'untrained');
    await succeed(
      'train',
      '--data',
      data,
      ...TINY,
      '--no-bag-of-words',
      '--no-lexicon',
      '--steps',
      '1',
      '--out',
      out,
    );
    const { out: text } = await succeed('evaluate', out, '--backend', 'reference');
    expect(text).toMatch(/The network does NOT beat the NB-weighted logistic regression: it is \d/);
  });

  test('judges a file of one’s own', async () => {
    const own = folder.file('own.jsonl', '{"say":"This meal 3 is superb.","mood":"positive"}\n');
    const columns = ['--text-column', 'say', '--label-column', 'mood', '--no-baselines', '--backend', 'reference'];
    expect(await json('evaluate', trained, '--data', own, ...columns)).toMatchObject({ examples: 1, accuracy: 1 });
  });
});

describe('predict', () => {
  const predict = (...argv: string[]) => call('predict', trained, '--backend', 'reference', ...argv);

  test('answers arguments, also empty ones and very long ones', async () => {
    const long = 'superb '.repeat(100_000);
    const { predictions } = JSON.parse((await predict('This film 1 is superb!', '', long, '--json')).out) as {
      predictions: { label: string; probabilities: Record<string, number> }[];
    };
    expect(predictions.map(({ label }) => label)).toStrictEqual(['positive', expect.any(String), 'positive']);
    for (const { probabilities } of predictions)
      expect(Object.values(probabilities).reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
  });

  test('streams CSV and JSONL, in their order, with the lines they come from', async () => {
    const reviews = toyReviews(5000, 3);
    const table = await predict('--data', folder.file('many.csv', csv(reviews)));
    const lines = table.out.trimEnd().split('\n');
    expect(lines[0]).toBe('line,label,p(negative),p(positive),text');
    expect(lines).toHaveLength(5001);
    expect(lines.slice(1).map((line) => line.split(',').at(-1))).toStrictEqual(reviews.map(({ text }) => text));
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

  test('answers what stands before a damaged line', async () => {
    const file = folder.file('cut.jsonl', '{"text":"superb"}\n{"text":"awful"}\n{"text":\n');
    const { code, out, err } = await predict('--data', file);
    expect([code, out.trimEnd().split('\n')]).toMatchObject([1, [expect.any(String), expect.any(String)]]);
    expect(err).toMatch(/^sentiment: .*cut\.jsonl: line 3: must be JSON/m);
  });

  test('owes an empty record an answer too', async () => {
    const { out } = await predict('--data', folder.file('gaps.csv', 'id,text\n1,superb\n2,\n3,""\n'));
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => line.split(',')[0]),
    ).toStrictEqual(['line', '2', '3', '4']);
  });

  test('says the same, bit for bit, in a new process', async () => {
    const texts = toyReviews(20, 11).map(({ text }) => text);
    const here = await predict(...texts, '--json');
    expect(elsewhere('predict', trained, '--backend', 'reference', '--json', ...texts)).toBe(here.out);
  });

  test('answers the lines there are while their source is still open', async () => {
    const child = spawn(process.execPath, [...CLI, 'predict', trained, '--backend', 'reference']);
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

  test('judges many thousand lines on two cores as on one, in their order, and each time the same', async () => {
    const texts = toyReviews(10_500, 5).map(({ text }, k) => (k % 1000 === 0 ? 'so '.repeat(k / 100) + text : text));
    const file = folder.file('thousands.jsonl', texts.map((text) => `${JSON.stringify({ text })}\n`).join(''));
    const onTwo = (): string => elsewhere('predict', trained, '--data', file, '--threads', '2');
    const found = onTwo();
    expect(onTwo()).toBe(found);

    const verdicts = (out: string) =>
      out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { line: number; text: string; probabilities: { positive: number } });
    const two = verdicts(found);
    const one = verdicts((await predict('--data', file)).out);
    expect(two.map(({ text }) => text)).toStrictEqual(texts);
    expect(two.map(({ line }) => line)).toStrictEqual(one.map(({ line }) => line));
    const apart = two.map(({ probabilities }, k) =>
      Math.abs(probabilities.positive - (one[k]?.probabilities.positive ?? 2)),
    );
    expect(Math.max(...apart)).toBeLessThan(1e-5);
  });
});

describe('explain and tokens', () => {
  test('find the words that decide, by both methods', async () => {
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

  test('explain a verdict on all of a text of which the networks read a part', async () => {
    const out = join(folder.path, 'short-sighted');
    await succeed('train', '--data', data, ...TINY, '--max-tokens', '8', '--steps', '10', '--out', out);
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

  test('show emoji, hashtags, mentions and contractions as tokens of their own', async () => {
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

test('ablate and cross-validate print means and spreads', async () => {
  const small = ['--data', folder.file('small.csv', csv(toyReviews(120))), ...TINY, '--epochs', '2'];
  const { steps } = (await json('ablate', ...small, '--evidence', '--seeds', '2')) as {
    steps: { name: string; n: number }[];
  };
  expect(steps.map(({ name }) => name)).toStrictEqual([
    'a recurrent network on words',
    '+ the parts of words',
    '+ the AFINN lexicon',
    '+ what the bag of words holds of each word',
    '+ the bag of words',
    'the bag of words alone',
  ]);
  expect(steps.every(({ n }) => n === 2)).toBe(true);
  const { accuracy } = (await json('cross-validate', ...small, '--folds', '2')) as {
    accuracy: Record<string, { n: number }>;
  };
  expect(accuracy['this model']?.n).toBe(2);
});

describe('bad input is one clear line', () => {
  /** The one line that a call which must fail says. */
  const complaint = async (...argv: string[]): Promise<string> => {
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

  test('an unknown label', async () => {
    const file = folder.file('unknown.csv', 'text,label\nfine,positive\nwell,mixed\n');
    expect(await complaint(...evaluate(file))).toBe(
      `sentiment: ${file}: line 3: label must be one of negative, positive, got mixed`,
    );
  });

  test('one class only', async () => {
    const file = folder.file('one.csv', csv(toyReviews(60).map(({ text }) => ({ text, label: 'good' }))));
    expect(await complaint(...train(file))).toBe(
      'sentiment: one: must hold at least two classes, got only good; there is nothing to tell apart',
    );
  });

  test('broken quotes, with their line', async () => {
    const file = folder.file('quotes.csv', 'text,label\nfine,positive\n"never closed,negative\n');
    expect(await complaint(...train(file))).toMatch(
      /^sentiment: .*quotes\.csv: line 3: quotes must be closed, got the end of the file$/,
    );
  });

  test('a missing column, with those there are', async () => {
    const file = folder.file('columns.csv', 'review,label\nfine,positive\n');
    expect(await complaint(...train(file))).toMatch(
      /columns\.csv: must have a column text, got a header without it; it has review, label$/,
    );
  });

  test('bytes that are no UTF-8', async () => {
    const file = folder.file('latin1.csv', Buffer.from('text,label\ncaf\xe9,positive\n', 'latin1'));
    expect(await complaint(...train(file))).toMatch(/latin1\.csv: must be UTF-8, got 0xE9 at byte 14, line 2$/);
  });

  test('vectors of the wrong width', async () => {
    const vectors = folder.file('vectors.txt', 'good 0.1 0.2 0.3\nbad 1 2 3\n');
    expect(await complaint(...train(data, '--vectors', vectors))).toMatch(
      /vectors\.txt: vectors must be 8 numbers wide, got 3; give --embedding 3$/,
    );
    const ragged = folder.file('ragged.txt', 'good 0.1 0.2 0.3\nbad 1 2\n');
    expect(await complaint(...train(data, '--vectors', ragged))).toMatch(/line 2/);
  });

  test('a damaged model', async () => {
    const out = join(folder.path, 'damaged');
    await succeed('train', '--data', data, ...TINY, '--steps', '1', '--out', out);
    writeFileSync(join(out, 'tokenizer.json'), '{}');
    expect(await complaint('predict', out, 'a text')).toMatch(/tokenizer\.json: .*the file is damaged$/);
  });
});

test('vectors are taken over, and their coverage is told', async () => {
  const vectors = folder.file('glove.txt', `superb ${'0.5 '.repeat(8).trim()}\nunheard ${'1 '.repeat(8).trim()}\n`);
  const out = join(folder.path, 'vectors');
  const { err } = await succeed(
    'train',
    '--data',
    data,
    ...TINY,
    '--steps',
    '2',
    '--vectors',
    vectors,
    '--freeze-vectors',
    '--out',
    out,
  );
  expect(err).toMatch(/vectors for 1 of \d+ words \(\d\.\d %\)/);
});
