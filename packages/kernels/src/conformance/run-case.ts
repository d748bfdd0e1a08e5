import type { Backend, Ptr } from '@unroll/rnn-core';
import type { Case } from './case.ts';

/** What a kernel left behind: its outputs by name, and what it returned. */
export interface Outcome {
  readonly outputs: Readonly<Record<string, Float32Array | Int32Array>>;
  readonly returned: number | undefined;
}

const GUARD = 24;
const CANARY = 0x7a57_ca9e;

/**
 * Runs a case on a backend, every array with guards behind it.
 *
 * @throws Error when the kernel wrote behind an array, or changed one it was only to read
 */
export function runCase(backend: Backend, made: Case): Outcome {
  const { reals, ints = {}, outputs } = made;
  const { heap } = backend;
  const arrays = new Map<string, { ptr: Ptr; values: Float32Array | Int32Array }>();
  for (const [name, values] of Object.entries<Float32Array | Int32Array>({ ...reals, ...ints })) {
    arrays.set(name, { ptr: heap.allocate(4 * (values.length + GUARD)), values });
  }
  for (const { ptr, values } of arrays.values()) {
    if (values instanceof Float32Array) heap.real(ptr, values.length).set(values);
    else heap.int32(ptr, values.length).set(values);
    heap.int32(ptr + 4 * values.length, GUARD).fill(CANARY);
  }

  const returned = made.call(backend.kernels, (name) => arrays.get(name)?.ptr as Ptr) ?? undefined;

  const found: Record<string, Float32Array | Int32Array> = {};
  for (const [name, { ptr, values }] of arrays) {
    const view = values instanceof Float32Array ? heap.real(ptr, values.length) : heap.int32(ptr, values.length);
    if (heap.int32(ptr + 4 * values.length, GUARD).some((word) => word !== CANARY))
      throw new Error(`wrote behind ${name}`);
    if (outputs.includes(name)) found[name] = view.slice() as Float32Array | Int32Array;
    else if (firstDifference(view as Float32Array | Int32Array, values) >= 0)
      throw new Error(`changed ${name}, which it was only to read`);
  }
  for (const { ptr } of arrays.values()) heap.free(ptr);
  return { outputs: found, returned };
}

/** The index of the first value that is another, or -1. */
export function firstDifference(found: Float32Array | Int32Array, wanted: Float32Array | Int32Array): number {
  return bytesOf(found).equals(bytesOf(wanted)) ? -1 : wanted.findIndex((value, k) => !Object.is(value, found[k]));
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array | Int32Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);
