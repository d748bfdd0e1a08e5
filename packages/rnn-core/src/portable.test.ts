import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const root = new URL('.', import.meta.url);
const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && !path.startsWith('testing'))
  .map((path) => ({ path, text: readFileSync(new URL(path, root), 'utf8') }));

test('nothing is imported but our own files: it runs wherever JavaScript runs', () => {
  expect(sources.length).toBeGreaterThan(40);
  const foreign = sources.flatMap(({ path, text }) =>
    [...text.matchAll(/from '([^']+)'/g)]
      .map(([, name]) => `${path}: ${name}`)
      .filter((line) => !line.includes(': .')),
  );
  expect(foreign).toEqual([]);
});

test('no number that is computed depends on a function that hosts may round differently', () => {
  const LOOSE = /Math\.(?:exp|expm1|log|log1p|pow|tanh|sinh|cosh|sin|cos|tan|cbrt|hypot|random)\b|(?<!2 )\*\*/g;
  const COMMENT = /\/\*[\s\S]*?\*\/|\/\/.*$/gm;
  const loose = sources
    .filter(({ path }) => !path.startsWith('microscope')) // which only looks
    .flatMap(({ path, text }) =>
      [...text.replaceAll(COMMENT, '').matchAll(LOOSE)].map(([found]) => `${path}: ${found}`),
    );
  expect(loose).toEqual([]);
});
