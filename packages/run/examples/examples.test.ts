import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { callSuccessfully, TestFolder } from '@unroll/run/testing';
import { expect, test } from 'vitest';
import { program } from './majority.ts';

test('the program of the README trains, resumes and has help', async () => {
  const text = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  expect(text).toContain(readFileSync(new URL('majority.ts', import.meta.url), 'utf8'));
  using folder = new TestFolder();
  const out = join(folder.path, 'run');
  const train = ['train', '--backend', 'reference', '--json'];
  const first = await callSuccessfully(program, [...train, '--steps', '150', '--lr', '0.02', '--out', out]);
  expect(JSON.parse(first.out)).toMatchObject({ steps: 150, run: out });
  expect(JSON.parse(first.out).finalLoss).toBeLessThan(0.2);
  for (const file of ['config.json', 'model.safetensors', 'trainer.safetensors', 'metrics.jsonl', 'run.json'])
    expect(existsSync(join(out, file)), file).toBe(true);
  const second = await callSuccessfully(program, ['train', '--resume', out, '--steps', '160', '--json']);
  expect(JSON.parse(second.out)).toMatchObject({ steps: 160 });
  expect((await callSuccessfully(program, ['train', '--help'])).out).toContain('--hidden-size');
});
