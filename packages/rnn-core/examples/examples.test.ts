import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

const folder = new URL('.', import.meta.url);
const names = readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));

const timeout = 120_000; // ms, for a machine that does other things too

describe('the five shapes learn what they are taught', { timeout }, () => {
  const lines: string[] = [];
  const losses: number[] = [];
  beforeEach(() => {
    lines.length = 0;
    vi.spyOn(console, 'log').mockImplementation((line: string, loss?: number) => {
      lines.push(line);
      if (loss !== undefined) losses.push(loss);
    });
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  test('the lines of the README, which are a file here, learn the alphabet', async () => {
    const code = readFileSync(new URL('alphabet.ts', folder), 'utf8');
    expect(readFileSync(new URL('../README.md', folder), 'utf8')).toContain(`\`\`\`ts\n${code}\`\`\``);
    await import('./alphabet.ts');
    expect(lines.length).toBe(5);
    expect(losses.at(-1)).toBeLessThan(0.01);
  });

  test('one to one: exclusive or', async () => {
    expect((await import('./one-to-one.ts')).answers).toEqual([0, 1, 1, 0]);
    expect(lines.at(-1)).toBe('1 xor 1 = 0');
  });

  test('one to many: digits are spelled', async () => {
    const { spelled } = await import('./one-to-many.ts');
    expect(spelled.join(' ')).toBe('zero one two three four five six seven eight nine');
  });

  test('many to one: remainders of numbers longer than those it learnt from', async () => {
    expect((await import('./many-to-one.ts')).accuracy).toBeGreaterThan(0.95);
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
