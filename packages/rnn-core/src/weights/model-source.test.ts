import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { readModelFiles } from './model-source.ts';

let folder: string;
let address: string;
const server = createServer(({ url }, response) => {
  if (url === '/model/config.json') response.end('{}');
  else response.writeHead(404).end();
});

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'unroll-source-'));
  writeFileSync(join(folder, 'config.json'), '{}');
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address() as { port: number };
  address = `http://127.0.0.1:${port}/model`;
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});
afterEach(() => vi.restoreAllMocks());

const text = async (source: Parameters<typeof readModelFiles>[0]) =>
  new TextDecoder().decode((await readModelFiles(source, ['config.json']))['config.json']);

describe('the same file', () => {
  test('by a path, a file URL, an address, its URL, and as bytes', async () => {
    const bytes = new TextEncoder().encode('{}');
    for (const source of [
      folder,
      `${folder}/`,
      pathToFileURL(folder),
      address,
      new URL(address),
      { 'config.json': bytes },
    ])
      expect(await text(source)).toBe('{}');
  });

  test('in a browser, which has no modules of Node', async () => {
    vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined);
    expect(await text(address)).toBe('{}');
  });
});

test('what is missing is named', async () => {
  const missing = (source: Parameters<typeof readModelFiles>[0]) => readModelFiles(source, ['model.safetensors']);
  await expect(missing(folder)).rejects.toThrow(
    `${folder}: must hold model.safetensors, got no such file; give the folder of a trained model`,
  );
  await expect(missing(address)).rejects.toThrow(`${address}/model.safetensors: must be fetched, got HTTP 404`);
  await expect(missing({ 'config.json': new Uint8Array() })).rejects.toThrow(
    'model files: must hold model.safetensors, got config.json',
  );
});
