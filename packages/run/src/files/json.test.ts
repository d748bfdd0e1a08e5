import { expect, test } from 'vitest';
import { jsonObject, parseJson } from './json.ts';

test('what is nested a hundred thousand levels deep is one line that names the file', () => {
  const text = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
  expect(() => parseJson(jsonObject, text, 'run.json')).toThrow(
    /^run\.json: (must be JSON|is nested too deeply); the file is damaged$/,
  );
});
