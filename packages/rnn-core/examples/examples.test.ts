import { readdirSync, readFileSync } from 'node:fs';
import { loadWeights } from '@unroll/rnn-core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

const folder = new URL('.', import.meta.url);
const names = readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));

const timeout = 120_000; // ms, for a machine that does other things too

describe('the examples learn what they are taught', { timeout }, () => {
  const lines: string[] = [];
  beforeEach(() => {
    lines.length = 0;
    vi.spyOn(console, 'log').mockImplementation((line: string) => lines.push(line));
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  test('the character model of the README learns a rhyme by heart', async () => {
    const code = readFileSync(new URL('char-model.ts', folder), 'utf8').replace(/^\/\*\*[^]*?\*\/\n/, '');
    expect(readFileSync(new URL('../README.md', folder), 'utf8')).toContain(`\`\`\`ts\n${code}\`\`\``);
    const { sample } = await import('./char-model.ts');
    expect(lines[3]).toMatch(/^step 200: 0\.[012]\d bits per character$/);
    expect(sample('The Owl and', 60)).toContain('and the Pussy-cat went to sea');
  });

  test('the same with fit: it stops when it no longer improves, and its weights are a file', async () => {
    const { file, model, result } = await import('./char-model-with-fit.ts');
    expect(result.bestLoss).toBeLessThan(0.25);
    expect(lines.length).toBe(result.step / 20 + 1);
    expect(() => loadWeights(model, file)).not.toThrow();
  });

  test('one to one: exclusive or', async () => {
    expect((await import('./one-to-one.ts')).answers).toEqual([0, 1, 1, 0]);
    expect(lines.at(-1)).toBe('1 xor 1 = 0');
  });

  test('one to many: digits are spelled', async () => {
    const { spelled } = await import('./one-to-many.ts');
    expect(spelled.join(' ')).toBe('zero one two three four five six seven eight nine');
  });

  test('many to one: remainders of numbers longer than those it was trained on', async () => {
    expect((await import('./many-to-one.ts')).accuracy).toBeGreaterThan(0.95);
  });

  test('cells of your own: parity over sequences longer than those they were trained on', async () => {
    const source = readFileSync(new URL('own-cell.ts', folder), 'utf8');
    const readme = readFileSync(new URL('../README.md', folder), 'utf8');
    for (const cell of [
      /^import [^]*?^export class PeepholeLstm [^]*?^}\n/m,
      /^export class ResetBeforeGru [^]*?^}\n/m,
    ])
      expect(readme).toContain(`\`\`\`ts\n${cell.exec(source)?.[0]}\`\`\``);
    const { accuracies } = await import('./parity.ts');
    expect(accuracies).toHaveLength(2);
    for (const accuracy of accuracies) expect(accuracy).toBeGreaterThan(0.95);
  });

  test('many to many, aligned: sums of numbers five times as long', async () => {
    const { add } = await import('./many-to-many.ts');
    for (const [a, b] of [
      [0, 0],
      [255, 1],
      [123_456_789, 987_654_321],
      [2 ** 38, 2 ** 38 - 1],
    ] as const)
      expect(add(a, b)).toBe(a + b);
  });

  test('many to many, encoder and decoder: from one digit to another', async () => {
    const { say } = await import('./encoder-decoder.ts');
    for (let a = 0; a < 7; a++) {
      const b = (5 * a + 3) % 7;
      const count = Array.from({ length: Math.abs(b - a) + 1 }, (_, k) => (a < b ? a + k : a - k));
      expect(say(a, b)).toEqual(count);
    }
  });
});

test.each(names)('%s is at most sixty lines', (name) => {
  expect(readFileSync(new URL(name, folder), 'utf8').trimEnd().split('\n').length).toBeLessThanOrEqual(60);
});
