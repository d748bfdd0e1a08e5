import { expect, test } from 'vitest';
import { bytes, count, duration, significant } from './quantity.ts';

test.each([
  [0.4217, '422ms'],
  [5.23, '5.2s'],
  [12.4, '12s'],
  [59.6, '59s'],
  [200, '3m 20s'],
  [3600 + 310, '1h 5m'],
  [2 * 86_400, '2d'],
])('%d seconds are %s', (seconds, text) => expect(duration(seconds)).toBe(text));

test('counts have their thousands apart', () => expect(count(1_115_394)).toBe('1,115,394'));

test('measured numbers have as many digits as are significant', () => {
  expect(significant(184_217)).toBe('184,000');
  expect(significant(0.012_345)).toBe('0.0123');
});

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [3_248_399, '3.25 MB'],
  [25_276_063_744, '25.3 GB'],
])('%d bytes are %s', (size, text) => expect(bytes(size)).toBe(text));
