import { expect, test } from 'vitest';
import { withMinutes } from './training-flags.ts';

test.each(['steps', 'epochs', 'minutes', 'plan', 'resume', 'preset'])('--%s says how long to train', (key) => {
  expect(withMinutes({ [key]: 3 }, 2)).toEqual({ [key]: 3 });
  expect(withMinutes({ data: 'a' }, 2)).toEqual({ data: 'a', minutes: 2 });
});
