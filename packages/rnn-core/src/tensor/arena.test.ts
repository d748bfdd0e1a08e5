import { expect, test } from 'vitest';
import { BackendError } from '../errors.ts';
import { createReferenceBackend } from '../reference/backend.ts';
import { Arena } from './arena.ts';

const MIB = 2 ** 20;

test('every step gets the same memory as the one before', () => {
  const arena = Arena.of(createReferenceBackend());
  const step = (): number[] => {
    const mark = arena.mark();
    const ptrs = [1, 64, 65, 3 * MIB, 10].map((bytes) => arena.allocate(bytes));
    arena.release(mark);
    return ptrs;
  };
  const ptrs = step();
  expect(ptrs.every((ptr) => ptr > 0 && ptr % 64 === 0)).toBe(true);
  expect(step()).toEqual(ptrs);
});

test('a step that outgrew the arena leaves one block that holds the next like it', () => {
  const backend = createReferenceBackend();
  const arena = Arena.of(backend);
  const step = (): void => {
    const mark = arena.mark();
    for (let k = 0; k < 40; k++) arena.allocate(MIB);
    arena.release(mark);
  };
  step();
  step();
  const { bytesInUse, memory } = backend.heap;
  const { byteLength } = memory.buffer;
  for (let k = 0; k < 10; k++) step();
  expect(backend.heap.bytesInUse).toBe(bytesInUse);
  expect(memory.buffer.byteLength).toBe(byteLength);
});

test('what a mark stands before survives its release', () => {
  const backend = createReferenceBackend();
  const arena = Arena.of(backend);
  const kept = arena.allocate(8);
  backend.heap.real(kept, 2).set([1, 2]);
  const mark = arena.mark();
  for (let k = 0; k < 5; k++) backend.heap.real(arena.allocate(MIB), MIB / 4).fill(9);
  arena.release(mark);
  backend.heap.real(arena.allocate(MIB / 2), MIB / 8).fill(9);
  expect([...backend.heap.real(kept, 2)]).toEqual([1, 2]);
});

test('without memory for one block, the next steps take several again', () => {
  const backend = createReferenceBackend();
  const { heap } = backend;
  const arena = Arena.of(backend);
  const step = (between: () => void): void => {
    const mark = arena.mark();
    for (let k = 1; k <= 4; k++) {
      arena.allocate(k * MIB);
      between();
    }
    arena.release(mark);
  };
  heap.memory = {
    buffer: new ArrayBuffer(16 * MIB),
    grow: () => {
      throw new BackendError('no memory');
    },
  };
  step(() => heap.allocate(64)); // so that no two chunks are neighbours
  const { bytesInUse } = heap;
  step(() => {});
  step(() => {});
  expect(heap.bytesInUse).toBe(bytesInUse);
});
