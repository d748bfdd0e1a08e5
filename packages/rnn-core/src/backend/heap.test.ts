import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Heap, type Memory } from './heap.ts';

class TestMemory implements Memory {
  buffer = new ArrayBuffer(0);
  growths = 0;

  grow(bytes: number): void {
    const larger = new ArrayBuffer(bytes);
    new Uint8Array(larger).set(new Uint8Array(this.buffer));
    this.buffer = larger;
    this.growths++;
  }
}

const BASE = 64;
const sizeOf = (bytes: number): number => Math.ceil(Math.max(bytes, 1) / 64) * 64;

/** A heap put to use: every block is stamped, and what is wrong with them is said. */
class Witness {
  readonly memory = new TestMemory();
  readonly heap = new Heap(this.memory);
  readonly live: { ptr: number; bytes: number }[] = [];
  /** One past the last byte ever handed out. */
  top = BASE;

  allocate(bytes: number): void {
    const ptr = this.heap.allocate(bytes);
    new Uint8Array(this.memory.buffer, ptr, bytes).fill(stampOf(ptr));
    this.live.push({ ptr, bytes });
    this.top = Math.max(this.top, ptr + sizeOf(bytes));
  }

  free(k: number): void {
    const [block] = this.live.splice(k % Math.max(this.live.length, 1), 1);
    if (block) this.heap.free(block.ptr);
  }

  *complaints(): Generator<string> {
    const blocks = this.live.toSorted((a, b) => a.ptr - b.ptr);
    for (const [k, { ptr, bytes }] of blocks.entries()) {
      if (ptr % 64 !== 0 || ptr < BASE) yield `block at ${ptr}`;
      if (ptr + sizeOf(bytes) > (blocks[k + 1]?.ptr ?? this.memory.buffer.byteLength)) yield `overlap at ${ptr}`;
      const isKept = new Uint8Array(this.memory.buffer, ptr, bytes).every((byte) => byte === stampOf(ptr));
      if (!isKept) yield `other bytes at ${ptr}`;
    }
    const inUse = blocks.reduce((sum, { bytes }) => sum + sizeOf(bytes), 0);
    if (this.heap.bytesInUse !== inUse) yield `${this.heap.bytesInUse} bytes in use, not ${inUse}`;
  }
}

const stampOf = (ptr: number): number => (ptr / 64) % 251;

test('blocks never overlap, are aligned, keep their bytes, and come together again when freed', () => {
  const size = fc.oneof(fc.nat(300), fc.constantFrom(0, 1, 63, 64, 65, 4096));
  const commands = fc.array(
    fc.oneof(
      { weight: 3, arbitrary: size.map((bytes) => (witness: Witness) => witness.allocate(bytes)) },
      { weight: 2, arbitrary: fc.nat().map((k) => (witness: Witness) => witness.free(k)) },
    ),
    { minLength: 1, maxLength: 80 },
  );
  fc.assert(
    fc.property(commands, (commands) => {
      const witness = new Witness();
      for (const command of commands) {
        command(witness);
        expect([...witness.complaints()]).toEqual([]);
      }
      while (witness.live.length > 0) witness.free(0);
      expect(witness.heap.bytesInUse).toBe(0);
      // All that was ever handed out is one block again: it serves without growing.
      const { growths } = witness.memory;
      expect(witness.heap.allocate(witness.top - BASE)).toBe(BASE);
      expect(witness.memory.growths - growths).toBe(witness.top === BASE ? 1 : 0);
    }),
    { numRuns: 300 },
  );
});

test('what is not the start of a live block cannot be freed', () => {
  const heap = new Heap(new TestMemory());
  const ptr = heap.allocate(100);
  expect(() => heap.free(ptr + 64)).toThrow(`Heap.free: ptr must be a live block, got ${ptr + 64}`);
  heap.free(ptr);
  expect(() => heap.free(ptr)).toThrow(`Heap.free: ptr must be a live block, got ${ptr}`);
});

test('a backend may keep the first bytes for itself', () => {
  expect(new Heap(new TestMemory(), 4, 1000).allocate(1)).toBe(1024);
});
