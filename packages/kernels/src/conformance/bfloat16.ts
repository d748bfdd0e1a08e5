import { createNativeBackend } from '../native.ts';

/** The instruction sets with bf16 products that this processor has. */
export const BF16_ISAS = ['avx512bf16', 'amx'].filter((isa) => {
  try {
    createNativeBackend({ threads: 1, isa }).close();
    return true;
  } catch {
    return false;
  }
});

/** The nearest bfloat16, with an even last bit where two are as near; the numbers that bf16 products multiply exactly. */
export function toBfloat16(values: Float32Array): Float32Array {
  const rounded = values.slice();
  const bits = new Uint32Array(rounded.buffer);
  for (const [k, value] of values.entries())
    if (!Number.isNaN(value))
      bits[k] = ((bits[k] as number) + 0x7fff + (((bits[k] as number) >>> 16) & 1)) & 0xffff_0000;
  return rounded;
}
