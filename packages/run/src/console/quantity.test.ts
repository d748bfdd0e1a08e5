import { expect, test } from 'vitest';
import { bytes, count, duration, significant } from './quantity.ts';

test.each([
  [0.4217, '0.42 s'],
  [12.4, '12 s'],
  [59.6, '1 min 00 s'],
  [200, '3 min 20 s'],
  [3600 + 300, '1 h 05 min'],
  [2 * 86_400, '48 h 00 min'],
])('%d seconds are %s', (seconds, text) => expect(duration(seconds)).toBe(text));

test('counts have their thousands apart', () => expect(count(1_115_394)).toBe('1,115,394'));

test('measured numbers end where they can no longer be trusted', () => {
  expect(significant(184_217)).toBe('184,000');
  expect(significant(0.012_345)).toBe('0.0123');
});

test.each([
  [0, '0 bytes'],
  [999, '999 bytes'],
  [3_248_399, '3.25 MB'],
  [25_276_063_744, '25.3 GB'],
])('%d bytes are %s', (size, text) => expect(bytes(size)).toBe(text));
