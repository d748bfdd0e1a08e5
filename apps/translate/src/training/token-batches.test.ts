import { Rng } from '@unroll/rnn-core';
import { DataError } from '@unroll/text';
import { expect, test } from 'vitest';
import { type BatchCursor, TokenBatches } from './token-batches.ts';

const PAIRS = Array.from({ length: 20 }, (_, n) => ({ source: { length: 3 }, target: { length: 1 + (n % 4) } }));
const batches = (cursor?: BatchCursor): TokenBatches =>
  new TokenBatches(PAIRS, { tokens: 10, random: (epoch) => Rng.seeded(5).split(epoch) }, cursor);

test('goes on from a saved cursor with the same batches, from the end of an epoch too', () => {
  const whole = batches();
  for (let step = 0; step < 2 * whole.perEpoch; step++) {
    const { cursor } = whole;
    const next = whole.next();
    expect(batches(cursor).next()).toStrictEqual(next);
    expect(batches(whole.cursor).cursor).toStrictEqual(whole.cursor);
  }
  expect(whole.cursor).toStrictEqual({ epoch: 1, position: whole.perEpoch });
});

test('refuses a position that is not in its epoch', () => {
  const { perEpoch } = batches();
  for (const position of [perEpoch + 1, -1, 0.5, Number.NaN]) {
    const open = () => batches({ epoch: 0, position });
    expect(open).toThrow(DataError);
    expect(open).toThrow(
      `TokenBatches: position must be in [0, ${perEpoch}], the batches of an epoch, got ${position}; it belongs to other pairs or to batches of another size`,
    );
  }
});
