import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readMetrics, withFlags } from '@unroll/run';
import { TestFolder } from '@unroll/run/testing';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { networkLogits } from '../prediction/network-logits.ts';
import { encodeExamples } from '../training/training-data.ts';
import { openClassifier } from './open-classifier.ts';
import { call, json, succeed, TINY, toyReviews, trainToy } from './toy.fixture.ts';

const folder = new TestFolder();
const { data, trained, result } = await trainToy(folder);
afterAll(() => folder[Symbol.dispose]());

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
