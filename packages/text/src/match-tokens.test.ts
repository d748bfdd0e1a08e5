import { expect, test } from 'vitest';
import { matchTokens } from './match-tokens.ts';

test('tokens are matched by what they stand for, the unknown token with the unknown one', () => {
  expect([...matchTokens([undefined, 'b', 'c', ''], ['a', 'b', undefined])]).toEqual([2, 1, -1, -1]);
});
