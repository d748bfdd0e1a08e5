import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { Dataset } from './dataset.ts';
import { describeDatasets } from './description.ts';

const FOLDER = fileURLToPath(new URL('..', import.meta.url));
const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

test('the example in the README runs', { timeout: 60_000 }, () => {
  const [, code = ''] = /```js\n(.*?)```/s.exec(README) ?? [];
  const options = ['--import', 'tsx', '-C', 'unroll-source', '--input-type=module', '--eval', code];
  const [book, labels] = execFileSync(process.execPath, options, { cwd: FOLDER, encoding: 'utf8' })
    .trim()
    .split('\n');
  expect(book).toMatch(/^CHAPTER 1\. Loomings\. \d{7} \d{5} \d{5}$/i);
  expect(labels).toMatch(/^\{ '0': \d{4}, '1': \d{4} \}$/);
});

test('the table in the README lists every data set', () => {
  const missing = describeDatasets().filter(({ name }) => !README.includes(`\`${name}\``));
  expect(missing).toEqual([]);
});

test('a data set that must be made by hand: where its README says how', async () => {
  vi.stubEnv('UNROLL_DATA', undefined);
  vi.stubEnv('UNROLL_CACHE', '/nowhere');
  const reading = Dataset.open('imdb-10k').files();
  await expect(reading).rejects.toThrow(/imdb-10k\/README\.md says how, under How to get it$/);
  vi.unstubAllEnvs();
});
