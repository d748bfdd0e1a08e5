import { expect, test } from 'vitest';
import { INVOCATION_VARIABLE, invocationOf } from './invocation.ts';

const umbrella = { words: 'unroll char-lm', package: 'unroll' };
const own = { words: 'unroll-char-lm', package: '@unroll/char-lm' };
const installed = ['node', '/home/ann/node_modules/.bin/unroll-char-lm'];
const fetched = ['node', '/home/ann/.npm/_npx/175b74d4588ac8ff/node_modules/.bin/unroll-char-lm'];
const npx = { npm_command: 'exec' };

test.each([
  ['unroll-char-lm', own, {}, installed],
  ['unroll char-lm', umbrella, {}, installed],
  ['npx unroll-char-lm', own, npx, installed],
  ['npx unroll char-lm', umbrella, npx, installed],
  ['npx unroll char-lm', umbrella, { npm_command: 'run' }, installed],
  ['npx @unroll/char-lm', own, npx, fetched],
  ['npx unroll char-lm', umbrella, npx, fetched],
  ['npx -p @unroll/char-lm unroll-char-lm', own, { ...npx, npm_config_package: '@unroll/char-lm' }, fetched],
  ['npx unroll char-lm', own, { [INVOCATION_VARIABLE]: 'npx unroll char-lm' }, installed],
])('installed: %s', (expected, command, env, argv) => {
  expect(invocationOf('char-lm', command, { env, argv }, false)).toBe(expected);
});

test('in a clone: the script of that name', () => {
  expect(invocationOf('char-lm', own, { env: npx, argv: installed })).toBe('npm run -s char-lm --');
});
