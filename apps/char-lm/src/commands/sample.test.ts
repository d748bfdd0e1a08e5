import { renameSync } from 'node:fs';
import { withFlags } from '@unroll/run';
import { TestFolder } from '@unroll/run/testing';
import { afterAll, describe, expect, test } from 'vitest';
import { call, succeed, trainToy } from './toy.fixture.ts';

const folder = new TestFolder();
const { text, trained } = await trainToy(folder);
afterAll(() => folder[Symbol.dispose]());

const sample = async (...flags: string[]) =>
  (await succeed(...withFlags(['sample', trained, '--backend', 'reference', '--max-length', '80'], ...flags))).out;

describe('sample', () => {
  test('the same seed gives the same text, another seed another text', async () => {
    expect(await sample('--seed', '5')).toBe(await sample('--seed', '5'));
    expect(await sample('--seed', '5')).not.toBe(await sample('--seed', '6'));
  });

  test('continues the prompt in the style of its text', async () => {
    expect(await sample('--prompt', 'The cat ', '--temperature', '0')).toMatch(/^The cat (sees|hears|likes) the /);
  });

  test('--count texts are all different', async () => {
    const { samples } = JSON.parse(await sample('--count', '3', '--json')) as { samples: { text: string }[] };
    expect(new Set(samples.map(({ text }) => text)).size).toBe(3);
    for (const { text } of samples) expect(text).toHaveLength(80);
  });

  test('understands escapes in the prompt and the stop string when asked to', async () => {
    const flags = ['--temperature', '0.3'];
    const plain = await sample('--prompt', 'The ', '--stop', '.\n', ...flags);
    expect(await sample('--prompt', String.raw`\u0054he `, '--stop', String.raw`.\n`, '--escapes', ...flags)).toBe(
      plain,
    );
    const { code, err } = await call('sample', trained, '--prompt', String.raw`\x`, '--escapes');
    expect([code, err.trim()]).toEqual([
      2,
      String.raw`char-lm: --prompt must have only the escapes \n, \r, \t, \\, \uXXXX and \u{XXXXX} with --escapes, got \x`,
    ]);
  });

  test('ends before the stop string', async () => {
    const out = await sample('--prompt', 'The ', '--temperature', '0.3', '--stop', '.\n');
    expect(out).toMatch(/^The [a-z ]+\n$/);
  });

  test('a repetition penalty makes repetitions less frequent', async () => {
    expect(variety(await sample('--temperature', '0.3', '--repetition-penalty', '3'))).toBeGreaterThan(
      variety(await sample('--temperature', '0.3')),
    );
  });

  test('int8 weights generate too, and their loss is reported, or why it is unknown', async () => {
    const args = ['sample', trained, '--backend', 'reference', '--max-length', '40', '--weight-format', 'int8'];
    const { err, out } = await succeed(...args, '--json');
    const { bitsPerCharacter: bits, samples } = JSON.parse(out) as {
      bitsPerCharacter: { int8: number; float32: number; characters: number };
      samples: { text: string }[];
    };
    expect(samples[0]?.text).toHaveLength(40);
    expect(err).toContain(
      `int8 weights: ${bits.int8.toFixed(4)} bits per character on the first ${bits.characters} held-out characters`,
    );
    expect(err).toContain(`float32: ${bits.float32.toFixed(4)}`);
    expect(bits.int8).not.toBe(bits.float32);
    expect(Math.abs(bits.int8 - bits.float32)).toBeLessThan(0.02);

    renameSync(text, `${text}.away`);
    const { err: unknown } = await succeed(...args);
    renameSync(`${text}.away`, text);
    expect(unknown).toMatch(/int8 weights: their loss on held-out text is unknown; .*toy\.txt/);
  });

  test('prints the most probable candidates', async () => {
    const { samples } = JSON.parse(await sample('--probabilities', '3', '--top-k', '3', '--json')) as {
      samples: { probabilities: { character: string; candidates: [string, number][] }[] }[];
    };
    const steps = samples[0]!.probabilities;
    expect(steps).toHaveLength(80);
    for (const { character, candidates } of steps) {
      expect(candidates.map(([name]) => name)).toContain(character);
      expect(candidates.reduce((sum, [, p]) => sum + p, 0)).toBeCloseTo(1, 6);
    }
  });
});

const variety = (text: string): number => new Set(text).size;
