import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { TestFolder } from '@unroll/run/testing';
import { afterAll, describe, expect, test } from 'vitest';
import { call, csv, toyReviews, trainToy } from './toy.fixture.ts';

const folder = new TestFolder();
const { trained } = await trainToy(folder);
afterAll(() => folder[Symbol.dispose]());

/** The program as built, which Node starts three times as fast as the source. */
const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** Returns the standard output of a call in another process. */
function inProcess(...argv: string[]): string {
  const { stdout, stderr } = spawnSync(process.execPath, [CLI, ...argv], { encoding: 'utf8', maxBuffer: 2 ** 28 });
  expect(stderr).not.toContain('sentiment:');
  return stdout;
}

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
