import { expect, test } from 'vitest';
import { createReferenceBackend } from '../reference/backend.ts';
import { Tape } from '../tensor/tape.ts';
import { ValidRows } from './valid-rows.ts';

const lengths = Int32Array.of(3, 0, 1);

test('gathers the valid rows in the order of time, and scattereds them to where they stood', () => {
  using tape = new Tape(createReferenceBackend());
  const valid = ValidRows.of(lengths, 3)!;
  const x = tape.constant(
    Array.from({ length: 18 }, (_, k) => k),
    [3, 3, 2],
  );
  const gathered = valid.gather(x);
  expect([...gathered.view()]).toStrictEqual([0, 1, 4, 5, 6, 7, 12, 13]);
  expect([...valid.gatherIds(tape.ids(Int32Array.of(9, 8, 7, 6, 5, 4, 3, 2, 1), [3, 3])).values]).toStrictEqual([
    9, 7, 6, 3,
  ]);
  const scattered = valid.scatter(gathered).toArray();
  for (const at of [0, 1, 4, 5, 6, 7, 12, 13]) expect(scattered[at]).toBe(at);
});

test('where there is little padding, or nothing else, all rows are computed with', () => {
  expect(ValidRows.of(Int32Array.of(8, 7), 8)).toBeUndefined();
  expect(ValidRows.of(Int32Array.of(0, 0), 8)).toBeUndefined();
});
