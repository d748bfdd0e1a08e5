import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readMetrics } from '@unroll/run';
import { TestFolder } from '@unroll/run/testing';
import { afterAll, expect, test } from 'vitest';
import { call, succeed, TINY, toySales } from './toy.fixture.ts';

const folder = new TestFolder();
afterAll(() => folder[Symbol.dispose]());
const data = folder.file('sales.csv', toySales(140));
const FLAGS = ['--data', data, ...TINY, '--head', 'direct', '--validate-every', '10'];

test('Ctrl-C saves, says how to go on, and the resumed run has the weights of one that never stopped', async () => {
  const [whole, parted] = [join(folder.path, 'whole'), join(folder.path, 'parted')];
  const steps = ['--steps', '40'];
  await succeed('train', ...FLAGS, ...steps, '--out', whole);
  const before = process.listenerCount('SIGINT');
  const timer = setInterval(() => {
    if (process.listenerCount('SIGINT') === before) return;
    clearInterval(timer);
    process.emit('SIGINT');
  }, 1);
  const { code, err } = await call('train', ...FLAGS, ...steps, '--out', parted);
  clearInterval(timer);
  expect(code).toBe(130);
  expect(err.trimEnd().split('\n').at(-1)).toMatch(/^forecast: stopped and saved; resume with: .* train --resume /);
  expect(readMetrics(join(parted, 'metrics.jsonl')).at(-1)?.step).toBeLessThan(40);
  await succeed('train', '--resume', parted);
  const weights = (run: string) => readFileSync(join(run, 'model.safetensors'));
  expect(weights(parted).equals(weights(whole))).toBe(true);
});

test('--minutes ends in time, evaluation included', async () => {
  const start = performance.now();
  const { out } = await succeed(
    'train',
    ...FLAGS,
    '--minutes',
    '0.03',
    '--out',
    join(folder.path, 'timed'),
    '--json',
  );
  expect((performance.now() - start) / 60_000).toBeLessThan(0.3); // start-up of a busy machine included
  expect(JSON.parse(out)).toMatchObject({ steps: expect.any(Number), stoppedEarly: false });
});
