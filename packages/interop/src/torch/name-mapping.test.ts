import { describe, expect, test } from 'vitest';
import { Names } from './name-mapping.ts';

test.each([
  ['encoder.weight_ih_l0', 'rnn.weight_ih_l0'],
  ['lstm.weight_hh_l3', 'layers.3.weight_hh_l0'],
  ['lstm.weight_hh_l3_reverse', 'reversed.3.weight_hh_l0'],
  ['a.x.b.y.c', 'y.c-x'],
  ['bn.num_batches_tracked', null],
  ['head.weight', 'head.weight'],
])('%s is %s', (theirs, ours) => {
  const names = new Names({
    'encoder.*': 'rnn.*',
    'lstm.{part}_l{k}_reverse': 'reversed.{k}.{part}_l0',
    'lstm.{part}_l{k}': 'layers.{k}.{part}_l0',
    'a.{first}.b.*': '*-{first}',
    '*.num_batches_tracked': null,
  });
  expect(names.inModel(theirs)).toBe(ours);
  expect(ours === null ? [theirs] : names.inFile(ours)).toEqual([theirs]);
});

describe('the way back', () => {
  test('weights that are tied there have both names', () => {
    const names = new Names({ 'encoder.weight': 'table', 'decoder.weight': 'table' });
    expect(names.inFile('table')).toEqual(['encoder.weight', 'decoder.weight']);
  });

  test('a name that an earlier pattern takes for another is none', () => {
    expect(new Names({ 'a.*': 'b.*' }).inFile('a.x')).toEqual([]);
    expect(new Names({ 'a.*': null }).inFile('a.x')).toEqual([]);
  });
});

test('a point is a point', () => {
  expect(new Names({ 'a.b': 'c' }).inModel('axb')).toBe('axb');
});

test.each([
  [{ 'a.*': 'b' }, 'names: both sides must hold the same * and {…}, got a.* and b'],
  [{ 'a.{k}': 'b.{j}' }, 'names: both sides must hold the same * and {…}, got a.{k} and b.{j}'],
])('refuses %j', (mapping, message) => {
  expect(() => new Names(mapping)).toThrow(message);
});
