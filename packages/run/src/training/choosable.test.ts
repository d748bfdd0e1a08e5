import { expect, test } from 'vitest';
import { choosable, picked } from './choosable.ts';

test('what nobody set is open, the rest is given', () => {
  const config = { hiddenSize: 8, dropout: 0.5, lr: 0.1 };
  expect(choosable(['hiddenSize', 'dropout'], config, new Set(['dropout', 'steps']))).toEqual({
    open: ['dropout'],
    given: { hiddenSize: 8 },
  });
  expect(picked(config, ['lr'])).toEqual({ lr: 0.1 });
});
