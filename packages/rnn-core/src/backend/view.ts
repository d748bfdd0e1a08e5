/**
 * Numbers that a loop reads and writes by index, as its equation does: a typed array, or a part of the heap. The compiler takes every element for
 * a number and not for `number | undefined`, since its loops stay inside the shapes that were checked before.
 */
export interface View extends Iterable<number> {
  // `any` is what an index signature gives without `undefined`.
  // oxlint-disable-next-line typescript/no-explicit-any
  [index: number]: any;
  readonly length: number;
  fill(value: number, start?: number, end?: number): unknown;
  set(values: View, offset?: number): void;
}
