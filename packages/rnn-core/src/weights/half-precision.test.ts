import { expect, test } from 'vitest';
import { fromHalf, toHalf } from './half-precision.ts';

test.each(['F16', 'BF16'] as const)('every %s survives the way to float32 and back', (dtype) => {
  const all = Uint16Array.from({ length: 2 ** 16 }, (_, k) => k);
  const values = fromHalf(all, dtype);
  const back = toHalf(values, dtype);
  const changed = [...all].filter((half, k) => half !== back[k] && !Number.isNaN(values[k]));
  expect(changed).toEqual([]);
  expect(fromHalf(back, dtype).every((value, k) => Object.is(value, values[k]))).toBe(true); // a NaN stays one
});

test("rounds to nearest, ties to even, as torch's half and bfloat16 do", () => {
  // x = torch.tensor([…]); [hex(v & 0xffff) for v in x.half().view(torch.int16).tolist()], and x.bfloat16(); torch 2.13
  // biome-ignore format: a table
  const values = Float32Array.of(
    1 + 2 ** -11, 1 + 3 * 2 ** -11, -(1 + 2 ** -11 + 2 ** -23), 65519.996, 65520, 2 ** -25, 1.5 * 2 ** -24,
    2.5 * 2 ** -24, -(2 ** -14) + 2 ** -26, 0.1, 3.4e38, -1e-40, 1 + 2 ** -8, 1 + 3 * 2 ** -8,
  );
  const hex = (halves: Uint16Array): string => Array.from(halves, (half) => half.toString(16)).join(' ');
  expect(hex(toHalf(values, 'F16'))).toBe('3c00 3c02 bc01 7bff 7c00 0 2 2 8400 2e66 7c00 8000 3c04 3c0c');
  expect(hex(toHalf(values, 'BF16'))).toBe('3f80 3f80 bf80 4780 4780 3300 33c0 3420 b880 3dcd 7f80 8001 3f80 3f82');
});
