/** A module of one function that holds `i8x16.relaxed_swizzle`: a host that accepts it has relaxed SIMD. */
const RELAXED_SWIZZLE = Uint8Array.from([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 15, 1, 13, 0, 65, 1, 253, 15, 65, 2, 253, 15,
  253, 128, 2, 11,
]);

export const hasRelaxedSimd = (): boolean => WebAssembly.validate(RELAXED_SWIZZLE);
